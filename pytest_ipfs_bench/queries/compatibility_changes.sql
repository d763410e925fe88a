-- Which cells changed their state from one try to the next, the newest change first?
WITH tries AS (
    SELECT
        m.model_name AS model, t.weights, shown(h.hardware_type, h.is_software) AS hardware, shown(h.device_name, h.is_software) AS device,
        t.runtime, t.precision, t.batch_size AS batch, t.mode, t.provenance, t.status, t.error_message AS reason, h.driver_version AS driver,
        t.created_at AS changed_at,
        lag(t.status) OVER cell AS before
    FROM chosen_tries t
    JOIN models m USING (model_id)
    JOIN hardware_platforms h USING (hardware_id)
    WHERE t.status NOT IN ('unavailable', 'unknown') AND t.created_at IS NOT NULL
    WINDOW cell AS (
        PARTITION BY t.model_id, h.hardware_type, h.device_name, h.is_software IS TRUE, t.device_index, t.weights, t.runtime, t.precision,
            t.batch_size, t.sequence_length, t.mode, t.provenance, t.metadata ->> '$.shape', t.metadata ->> '$.options'
        ORDER BY t.created_at, t.compatibility_id
    )
)
SELECT model, weights, hardware, device, runtime, mode, precision, batch, provenance, before, status AS after, reason, driver, changed_at
FROM tries
WHERE status <> before
ORDER BY changed_at DESC, model, hardware, device, runtime, mode, precision, batch, provenance, weights, before
LIMIT $limit
