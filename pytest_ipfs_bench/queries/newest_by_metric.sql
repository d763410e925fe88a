-- What did each cell and each benchmark reach by one metric in its newest measurement, and under which circumstances?
WITH named AS (
    SELECT
        result_id, newest, benchmark, hardware_type, hardware, device, provenance, model, weights, runtime, mode, precision,
        batch_size AS batch,
        CASE WHEN benchmark IS NULL THEN shape END AS shape,
        options
    FROM series
),
latest AS (
    SELECT *
    FROM named
    QUALIFY row_number() OVER (
        PARTITION BY benchmark, hardware, device, provenance, model, weights, runtime, mode, precision, batch, shape, options
        ORDER BY newest DESC NULLS LAST, result_id DESC
    ) = 1
)
SELECT
    n.benchmark, n.model, n.weights, n.hardware, n.device, n.runtime, n.mode, n.precision, n.batch, n.shape, n.options, n.provenance,
    CASE WHEN $metric <> 'latency' THEN NULL WHEN p.latency_p50_ms IS NULL THEN 'mean' ELSE 'median' END AS statistic,
    CASE $metric
        WHEN 'latency' THEN coalesce(p.latency_p50_ms, p.average_latency_ms)
        WHEN 'throughput' THEN p.throughput_items_per_second
        WHEN 'memory' THEN p.memory_peak_mb
        WHEN 'device-memory' THEN p.device_memory_peak_mb
        WHEN 'first-latency' THEN p.first_latency_ms
        WHEN 'load' THEN p.load_time_ms
        WHEN 'energy' THEN p.energy_joules
    END AS value,
    n.newest AS measured_at,
    p.result_id::VARCHAR AS result_id,
    h.driver_version AS driver,
    h.platform_version AS system,
    p.runtime_version,
    p.threads,
    r.hostname AS host,
    r.python_version AS python,
    r.git_dirty
FROM latest n
JOIN performance_results p USING (result_id)
LEFT JOIN hardware_platforms h ON h.hardware_id = p.hardware_id
LEFT JOIN test_runs r ON r.run_id = p.run_id
ORDER BY ALL
