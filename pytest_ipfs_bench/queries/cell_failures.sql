-- Which models do not run on which hardware, by the newest try of each cell, and why?
SELECT
    m.model_name AS model,
    shown(h.hardware_type || CASE WHEN c.device_index > 0 THEN ':' || c.device_index ELSE '' END, h.is_software) AS hardware,
    c.runtime,
    c.precision,
    c.batch_size AS batch,
    c.status,
    c.error_message AS reason,
    c.suggested_fix,
    c.provenance,
    c.created_at AS tried_at
FROM (
    SELECT *
    FROM hardware_compatibility
    WHERE $simulated OR (is_simulated IS NOT TRUE AND provenance IN ('measured', 'imported'))
    QUALIFY row_number() OVER (
        PARTITION BY model_id, hardware_id, device_index, runtime, precision, batch_size, sequence_length, mode, provenance,
            metadata ->> '$.options'
        ORDER BY created_at DESC NULLS LAST, compatibility_id DESC
    ) = 1
) c
LEFT JOIN models m USING (model_id)
LEFT JOIN hardware_platforms h USING (hardware_id)
WHERE c.status <> 'compatible'
ORDER BY model, hardware, c.runtime, c.precision, batch
LIMIT $limit
