-- Of which of these files, by hash, are all rows there that were counted when they were imported?
WITH rows AS (
    SELECT source_id, count(*) AS n FROM performance_results GROUP BY source_id
    UNION ALL
    SELECT source_id, count(*) AS n FROM hardware_compatibility GROUP BY source_id
    UNION ALL
    SELECT source_id, count(*) AS n FROM integration_test_results GROUP BY source_id
),
there AS (SELECT source_id, sum(n) AS n FROM rows WHERE source_id IS NOT NULL GROUP BY source_id)
SELECT s.sha256
FROM import_sources s
LEFT JOIN there USING (source_id)
WHERE s.sha256 IN (SELECT unnest($hashes::VARCHAR[])) AND s.status IN ('imported', 'duplicate')
GROUP BY s.sha256
HAVING bool_and(
    coalesce(s.performance_rows, 0) + coalesce(s.compatibility_rows, 0) + coalesce(s.outcome_rows, 0) = coalesce(there.n, 0)
)
