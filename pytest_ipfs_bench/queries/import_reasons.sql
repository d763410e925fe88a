-- Why were files not imported?
SELECT
    status, reason, format,
    count(*) AS files,
    min(path) AS for_example
FROM import_sources
WHERE status IN ('rejected', 'not_results') AND (getvariable('any_run') OR run_id IN (SELECT run_id FROM asked_runs))
GROUP BY ALL
ORDER BY status, files DESC, reason, format
