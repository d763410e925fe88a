-- Means of the newest rows by model and hardware type at one batch size and precision, the browsers' times beside them.
-- Software that stands in for hardware is told apart.
CREATE OR REPLACE VIEW cross_platform_performance AS
SELECT
    l.model_name, l.model_family, l.hardware_type, l.device_name, l.batch_size, l.precision, l.provenance,
    avg(l.average_latency_ms) AS avg_latency_ms,
    avg(l.throughput_items_per_second) AS throughput,
    avg(w.load_time_ms) AS web_load_time_ms,
    avg(w.first_inference_ms) AS web_first_inference_ms,
    l.is_software
FROM latest_performance_metrics l
LEFT JOIN web_platform_results w USING (result_id)
GROUP BY ALL
