-- How much energy does an item take, and how much power a run?
SELECT
    n.model, n.weights, n.hardware, n.device, n.runtime, n.mode, n.precision, n.batch, n.shape, n.options, n.provenance,
    n.energy_joules / CASE
        WHEN n.mode IN ('prefill', 'decode') THEN n.throughput_items_per_second * n.average_latency_ms / 1000
        ELSE n.batch
    END AS j_per_item,
    n.energy_joules AS j_per_run,
    w.average_power_w AS average_w,
    w.peak_power_w AS peak_w,
    w.idle_power_w AS idle_w,
    w.temperature_celsius,
    w.throttled,
    w.source,
    n.created_at AS measured_at
FROM newest_results n
LEFT JOIN power_metrics w USING (result_id)
WHERE n.energy_joules IS NOT NULL OR w.result_id IS NOT NULL
ORDER BY n.model, n.hardware, n.device, n.runtime, n.mode, n.precision, n.batch, n.shape, n.options, n.provenance, n.weights
