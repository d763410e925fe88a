-- How fast is each model on each hardware, by its newest measurement of each kind?
SELECT
    model, weights, hardware, device, runtime, mode, precision, batch, shape, options, provenance,
    latency_p50_ms AS p50_ms,
    average_latency_ms AS mean_ms,
    throughput_items_per_second AS items_per_s,
    memory_peak_mb AS peak_mb,
    rounds,
    measurements,
    created_at AS measured_at
FROM newest_results
ORDER BY model, hardware, device, runtime, mode, precision, batch, shape, options, provenance, weights
LIMIT $limit
