-- What does each cell reach by one metric, with its samples where the metric is their median?
SELECT
    model, weights, mode, precision, batch, shape, options, provenance,
    CASE WHEN $metric <> 'latency' THEN NULL WHEN latency_p50_ms IS NULL THEN 'mean' ELSE 'median' END AS statistic,
    hardware, device, runtime, hardware_type, is_software, family, parameters_million,
    CASE $metric
        WHEN 'latency' THEN coalesce(latency_p50_ms, average_latency_ms)
        WHEN 'throughput' THEN throughput_items_per_second
        WHEN 'memory' THEN memory_peak_mb
        WHEN 'device-memory' THEN device_memory_peak_mb
        WHEN 'first-latency' THEN first_latency_ms
        WHEN 'load' THEN load_time_ms
        WHEN 'energy' THEN energy_joules
    END AS value,
    CASE WHEN statistic = 'median' OR $metric = 'throughput' THEN samples_ms END AS samples,
    created_at AS measured_at
FROM newest_results
WHERE value IS NOT NULL
ORDER BY ALL
