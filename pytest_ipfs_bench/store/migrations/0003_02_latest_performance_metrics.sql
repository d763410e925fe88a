-- The newest row of each model, hardware type and device, runtime, precision, batch and shape. Simulated and predicted rows are left out;
-- software that stands in for hardware is told apart.
CREATE OR REPLACE VIEW latest_performance_metrics AS
SELECT
    m.model_name, m.model_family, h.hardware_type, h.device_name, p.batch_size, p.precision,
    p.average_latency_ms, p.throughput_items_per_second, p.memory_peak_mb, p.created_at,
    row_number() OVER newest AS rn,
    p.runtime, p.sequence_length, p.mode, p.weights, p.provenance,
    p.latency_p50_ms, p.rounds, p.result_id, p.run_id, p.test_case, h.is_software IS TRUE AS is_software
FROM performance_results p
JOIN models m USING (model_id)
JOIN hardware_platforms h USING (hardware_id)
WHERE p.is_simulated IS NOT TRUE AND p.provenance IN ('measured', 'imported')
WINDOW newest AS (
    PARTITION BY m.model_name, h.hardware_type, h.device_name, h.is_software IS TRUE, p.device_index, p.runtime, p.precision,
        p.batch_size, p.sequence_length, p.params ->> '$.shape', p.mode, p.weights, p.provenance
    ORDER BY p.created_at DESC NULLS LAST, p.result_id DESC
)
QUALIFY rn = 1
