-- Which tests have both passed and failed?
SELECT
    node_id AS test,
    CASE WHEN is_simulated THEN 'simulated' WHEN source_id IS NULL THEN 'measured' ELSE 'imported' END AS provenance,
    count(*) FILTER (WHERE status = 'pass') AS passed,
    count(*) FILTER (WHERE status IN ('fail', 'error')) AS failed,
    max(created_at) FILTER (WHERE status IN ('fail', 'error')) AS failed_at
FROM chosen_outcomes
WHERE status IN ('pass', 'fail', 'error') AND node_id IS NOT NULL AND (metadata ->> '$.subtest') IS NULL
GROUP BY ALL
HAVING passed > 0 AND failed > 0
ORDER BY failed DESC, test, provenance
