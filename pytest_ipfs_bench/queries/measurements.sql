-- How fast is each model on each hardware, in every number of its newest measurement of each kind?
SELECT
    model, weights, hardware, device, runtime, mode, precision, batch, shape, options, provenance,
    latency_p50_ms AS p50_ms,
    average_latency_ms AS mean_ms,
    latency_std_ms AS std_ms,
    latency_min_ms AS min_ms,
    latency_p95_ms AS p95_ms,
    latency_p99_ms AS p99_ms,
    throughput_items_per_second AS items_per_s,
    first_latency_ms AS first_ms,
    load_time_ms AS load_ms,
    memory_peak_mb AS peak_mb,
    device_memory_peak_mb AS device_peak_mb,
    max_abs_error,
    threads,
    rounds,
    measurements,
    created_at AS measured_at
FROM newest_results
ORDER BY model, hardware, device, runtime, mode, precision, batch, shape, options, provenance, weights
