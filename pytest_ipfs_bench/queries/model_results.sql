-- How fast is each model on each hardware, by its newest measurement of each kind?
WITH groups AS (
    SELECT
        model_id, hardware_id, device_index, runtime, mode, precision, batch_size, sequence_length, weights, provenance, params,
        coalesce(arg_max(result_id, created_at), max(result_id)) AS result_id,
        max(created_at) AS newest,
        count(*) AS measurements
    FROM performance_results
    WHERE model_id IS NOT NULL AND ($simulated OR (is_simulated IS NOT TRUE AND provenance IN ('measured', 'imported')))
    GROUP BY ALL
),
kinds AS (
    SELECT
        g.*, m.model_name, h.hardware_type, shown(h.device_name, h.is_software) AS device_name,
        coalesce(translate(g.params ->> '$.shape', '{}"', ''), 'sequence_length:' || g.sequence_length) AS shape
    FROM groups g
    JOIN models m USING (model_id)
    LEFT JOIN hardware_platforms h USING (hardware_id)
),
newest AS (
    SELECT *, sum(measurements) OVER kind AS in_all
    FROM kinds
    WINDOW kind AS (
        PARTITION BY model_name, weights, hardware_type, device_name, device_index, runtime, mode, precision,
            batch_size, shape, provenance
    )
    QUALIFY row_number() OVER (kind ORDER BY newest DESC NULLS LAST, result_id DESC) = 1
)
SELECT
    n.model_name AS model,
    n.weights,
    n.hardware_type || CASE WHEN n.device_index > 0 THEN ':' || n.device_index ELSE '' END AS hardware,
    n.device_name AS device,
    n.runtime,
    n.mode,
    n.precision,
    n.batch_size AS batch,
    n.shape,
    n.provenance,
    p.latency_p50_ms AS p50_ms,
    p.average_latency_ms AS mean_ms,
    p.throughput_items_per_second AS items_per_s,
    p.memory_peak_mb AS peak_mb,
    p.rounds,
    n.in_all::BIGINT AS measurements,
    p.created_at AS measured_at
FROM newest n
JOIN performance_results p USING (result_id)
ORDER BY model, hardware, device, n.runtime, n.mode, n.precision, batch, n.shape, n.provenance
LIMIT $limit
