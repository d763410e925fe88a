-- How did the tests fare that were made from each version of a template, in the runs that are stored?
SELECT json_extract_string(metadata, '$.template.name') AS template,
    json_extract_string(metadata, '$.template.version') AS version,
    count(DISTINCT regexp_extract(node_id, '^[^:]*')) AS files,
    count(*) FILTER (WHERE status IN ('pass', 'xpass')) AS passed,
    count(*) FILTER (WHERE status = 'fail') AS failed,
    count(*) FILTER (WHERE status = 'error') AS errors,
    count(*) FILTER (WHERE status IN ('skip', 'xfail')) AS skipped,
    max(created_at) AS last_run
FROM integration_test_results
WHERE json_extract_string(metadata, '$.template.name') IS NOT NULL AND is_simulated IS NOT TRUE
GROUP BY ALL
ORDER BY ALL
