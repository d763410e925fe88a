-- How long does a step of training take, in which parts, and does the loss fall?
SELECT
    n.model, n.weights, n.hardware, n.device, n.runtime, n.precision, n.batch, n.shape, n.options, n.provenance,
    t.optimizer, t.mixed_precision, t.gradient_accumulation, t.strategy, t.world_size,
    n.latency_p50_ms AS step_p50_ms,
    t.forward_ms, t.backward_ms, t.optimizer_ms,
    n.throughput_items_per_second AS items_per_s,
    t.loss_first, t.loss_last,
    n.memory_peak_mb AS peak_mb,
    n.created_at AS measured_at
FROM newest_results n
LEFT JOIN training_results t USING (result_id)
WHERE n.mode = 'training' OR t.result_id IS NOT NULL
ORDER BY n.model, n.hardware, n.device, n.runtime, n.precision, n.batch, n.shape, n.options, n.provenance, n.weights
