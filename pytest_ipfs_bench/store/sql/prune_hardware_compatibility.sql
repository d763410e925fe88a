-- Which tries of cells are older than $before, but (with $keep_latest) for the newest of each cell?
SELECT compatibility_id
FROM (
    SELECT
        c.compatibility_id,
        coalesce(c.created_at, r.started_at) AS measured_at,
        row_number() OVER (
            PARTITION BY c.test_case, m.model_name, h.hardware_type, h.device_name, c.device_index, c.mode, c.runtime,
                c.precision, c.batch_size, c.sequence_length, c.weights, c.provenance
            ORDER BY coalesce(c.created_at, r.started_at) DESC NULLS LAST, c.compatibility_id DESC
        ) AS place
    FROM old.main.hardware_compatibility c
    JOIN old.main.test_runs r USING (run_id)
    LEFT JOIN old.main.models m USING (model_id)
    LEFT JOIN old.main.hardware_platforms h USING (hardware_id)
)
WHERE measured_at < $before::TIMESTAMP AND NOT ($keep_latest AND place = 1)
