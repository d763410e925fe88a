-- What was done to the database besides storing sessions?
SELECT
    created_at AS done_at, action, rows_before, rows_after, bytes_before / 1e6 AS mb_before, bytes_after / 1e6 AS mb_after
FROM maintenance_log
ORDER BY created_at, maintenance_id
