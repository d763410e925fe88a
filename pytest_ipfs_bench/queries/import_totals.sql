-- How do the books of imports balance: files found, and what became of them?
SELECT
    count(*) AS found,
    count(*) FILTER (WHERE status = 'imported') AS imported,
    count(*) FILTER (WHERE status = 'duplicate') AS duplicate,
    count(*) FILTER (WHERE status = 'rejected') AS rejected,
    count(*) FILTER (WHERE status = 'not_results') AS not_results
FROM import_sources
WHERE getvariable('any_run') OR run_id IN (SELECT run_id FROM asked_runs)
HAVING found > 0
