-- Which outcomes are older than $before, but (with $keep_latest) for the newest of each test?
SELECT test_result_id
FROM (
    SELECT
        o.test_result_id,
        coalesce(o.created_at, r.started_at) AS measured_at,
        row_number() OVER (
            PARTITION BY o.node_id, o.test_module, o.test_class, o.test_name
            ORDER BY coalesce(o.created_at, r.started_at) DESC NULLS LAST, o.test_result_id DESC
        ) AS place
    FROM old.main.integration_test_results o
    JOIN old.main.test_runs r USING (run_id)
)
WHERE measured_at < $before::TIMESTAMP AND NOT ($keep_latest AND place = 1)
