-- How fast is each model on each hardware, by its newest measurement of each kind?
SELECT
    m.model_name AS model,
    p.weights,
    h.hardware_type || CASE WHEN p.device_index > 0 THEN ':' || p.device_index ELSE '' END AS hardware,
    h.device_name AS device,
    p.runtime,
    p.mode,
    p.precision,
    p.batch_size AS batch,
    coalesce(translate(p.params ->> '$.shape', '{}"', ''), 'sequence_length:' || p.sequence_length) AS shape,
    p.provenance,
    p.latency_p50_ms AS p50_ms,
    p.average_latency_ms AS mean_ms,
    p.throughput_items_per_second AS items_per_s,
    p.memory_peak_mb AS peak_mb,
    p.rounds,
    count(*) OVER kind AS measurements,
    p.created_at AS measured_at
FROM performance_results p
JOIN models m USING (model_id)
LEFT JOIN hardware_platforms h USING (hardware_id)
WHERE $simulated OR (p.is_simulated IS NOT TRUE AND p.provenance IN ('measured', 'imported'))
WINDOW kind AS (
    PARTITION BY m.model_name, p.weights, h.hardware_type, h.device_name, p.device_index, p.runtime, p.mode, p.precision,
        p.batch_size, p.sequence_length, p.params ->> '$.shape', p.provenance
)
QUALIFY row_number() OVER (kind ORDER BY p.created_at DESC NULLS LAST, p.result_id DESC) = 1
ORDER BY model, hardware, device, p.runtime, p.mode, p.precision, batch, shape, p.provenance
LIMIT $limit
