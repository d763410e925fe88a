-- How does training scale over processes?
SELECT
    n.model, n.weights, n.hardware, n.device, n.runtime, n.precision, n.batch, n.shape, n.options, n.provenance,
    t.strategy, t.world_size,
    n.latency_p50_ms AS step_p50_ms,
    n.throughput_items_per_second AS items_per_s,
    t.scaling_efficiency,
    t.gradients_equal,
    n.created_at AS measured_at
FROM newest_results n
JOIN training_results t USING (result_id)
WHERE t.strategy IS NOT NULL OR t.world_size > 1
ORDER BY n.model, n.hardware, n.device, n.runtime, n.precision, n.batch, n.shape, t.strategy, t.world_size, n.options, n.provenance, n.weights
