-- Which measurements are older than $before, but (with $keep_latest) for the newest of each series?
-- A row without a time of its own is as old as its run; one without any time stays.
SELECT result_id
FROM (
    SELECT
        p.result_id,
        coalesce(p.created_at, r.started_at) AS measured_at,
        row_number() OVER (
            PARTITION BY p.test_case, m.model_name, h.hardware_type, h.device_name, p.device_index, p.mode, p.runtime,
                p.precision, p.batch_size, p.sequence_length, p.params ->> '$.shape', p.weights, p.provenance
            ORDER BY coalesce(p.created_at, r.started_at) DESC NULLS LAST, p.result_id DESC
        ) AS place
    FROM old.main.performance_results p
    JOIN old.main.test_runs r USING (run_id)
    LEFT JOIN old.main.models m USING (model_id)
    LEFT JOIN old.main.hardware_platforms h USING (hardware_id)
)
WHERE measured_at < $before::TIMESTAMP AND NOT ($keep_latest AND place = 1)
