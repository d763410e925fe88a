-- How do latency and throughput change with the batch, and which batch has the highest throughput?
SELECT
    model, weights, hardware, device, runtime, mode, precision, shape, options, provenance,
    batch,
    latency_p50_ms AS p50_ms,
    throughput_items_per_second AS items_per_s,
    (throughput_items_per_second / batch) / (first_value(throughput_items_per_second) OVER by_batch / first_value(batch) OVER by_batch)
        AS efficiency,
    memory_peak_mb AS peak_mb,
    coalesce(row_number() OVER (
        PARTITION BY model, weights, hardware, device, runtime, mode, precision, shape, options, provenance
        ORDER BY throughput_items_per_second DESC NULLS LAST, batch
    ) = 1 AND throughput_items_per_second IS NOT NULL, false) AS best,
    count(*) OVER cell AS batches,
    created_at AS measured_at
FROM newest_results
WHERE batch IS NOT NULL
WINDOW
    cell AS (PARTITION BY model, weights, hardware, device, runtime, mode, precision, shape, options, provenance),
    by_batch AS (cell ORDER BY batch)
ORDER BY model, hardware, device, runtime, mode, precision, shape, options, provenance, weights, batch
