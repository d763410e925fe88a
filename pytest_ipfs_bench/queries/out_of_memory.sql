-- Which cells of these models ran out of memory at their newest try?
WITH tries AS (
    SELECT
        m.model_name AS model,
        c.weights,
        h.hardware_type AS hardware,
        h.device_name AS device,
        c.runtime,
        c.precision,
        c.mode,
        c.batch_size AS batch,
        c.metadata ->> '$.shape' AS shape,
        c.metadata ->> '$.options' AS options,
        c.status,
        c.created_at AS tried_at,
        c.compatibility_id
    FROM hardware_compatibility c
    JOIN models m USING (model_id)
    JOIN hardware_platforms h USING (hardware_id)
    WHERE m.model_name IN (SELECT unnest($models))
        AND c.provenance = 'measured' AND c.is_simulated IS NOT TRUE AND c.status NOT IN ('unavailable', 'unknown')
    QUALIFY row_number() OVER (
        PARTITION BY model, c.weights, hardware, device, c.runtime, c.precision, c.mode, batch, shape, options
        ORDER BY tried_at DESC NULLS LAST, c.compatibility_id DESC
    ) = 1
)
SELECT model, weights, hardware, device, runtime, precision, mode, batch, shape, options, tried_at
FROM tries
WHERE status = 'out_of_memory'
ORDER BY ALL
