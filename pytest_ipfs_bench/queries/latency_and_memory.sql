-- How much memory does each cell take for its latency, those measured last first?
SELECT
    model, weights, hardware, device, runtime, mode, precision, batch, shape, options, provenance,
    latency_p50_ms AS p50_ms,
    memory_peak_mb AS peak_mb,
    count(*) OVER () AS cells
FROM newest_results
WHERE latency_p50_ms IS NOT NULL AND memory_peak_mb IS NOT NULL
ORDER BY created_at DESC NULLS LAST, model, hardware, device, runtime, mode, precision, batch, shape, options, provenance, weights
LIMIT $limit
