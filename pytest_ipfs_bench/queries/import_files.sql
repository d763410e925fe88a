-- What became of the files of each format that imports looked at?
SELECT
    format, status,
    count(*) AS files,
    sum(performance_rows)::BIGINT AS performance_rows,
    sum(compatibility_rows)::BIGINT AS compatibility_rows,
    sum(outcome_rows)::BIGINT AS outcome_rows,
    sum(duplicate_rows)::BIGINT AS duplicate_rows,
    sum(size_bytes) / 1e6 AS mb,
    max(imported_at) AS newest
FROM import_sources
WHERE getvariable('any_run') OR run_id IN (SELECT run_id FROM asked_runs)
GROUP BY ALL
ORDER BY status, format
