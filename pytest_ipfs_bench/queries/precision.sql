-- What does each precision give and cost, against fp32 of the same cell?
SELECT
    n.model, n.weights, n.hardware, n.device, n.runtime, n.mode, n.batch, n.shape, n.options, n.provenance,
    n.precision,
    n.effective_precision,
    n.latency_p50_ms AS p50_ms,
    n.latency_p50_ms / f.latency_p50_ms AS p50_to_fp32,
    n.throughput_items_per_second AS items_per_s,
    n.throughput_items_per_second / f.throughput_items_per_second AS items_per_s_to_fp32,
    n.memory_peak_mb AS peak_mb,
    n.memory_peak_mb / f.memory_peak_mb AS peak_to_fp32,
    n.max_abs_error,
    n.created_at AS measured_at
FROM newest_results n
LEFT JOIN newest_results f ON f.precision = 'fp32' AND f.model = n.model AND f.provenance = n.provenance AND f.mode = n.mode
    AND f.weights IS NOT DISTINCT FROM n.weights AND f.hardware IS NOT DISTINCT FROM n.hardware
    AND f.device IS NOT DISTINCT FROM n.device AND f.runtime IS NOT DISTINCT FROM n.runtime
    AND f.batch IS NOT DISTINCT FROM n.batch AND f.shape IS NOT DISTINCT FROM n.shape
    AND f.options IS NOT DISTINCT FROM n.options
WHERE n.precision IS NOT NULL
ORDER BY n.model, n.hardware, n.device, n.runtime, n.mode, n.batch, n.shape, n.options, n.provenance, n.weights, n.precision <> 'fp32', n.precision
