-- Everything about a performance row joined flat, for people.
CREATE VIEW results AS
SELECT
    p.result_id, p.run_id, r.started_at, r.test_name AS run_name, r.git_commit, r.git_branch, r.hostname,
    m.model_name, m.model_family, m.modality, m.parameters_million,
    h.hardware_type, h.device_name, h.driver_version, h.is_software, p.device_index,
    p.test_case, p.cell_key, p.mode, p.runtime, p.runtime_version, p.batch_size, p.sequence_length,
    p.precision, p.effective_precision, p.threads, p.weights, p.rounds, p.iterations, p.warmup_iterations,
    p.total_time_seconds, p.load_time_ms, p.first_latency_ms, p.average_latency_ms, p.latency_min_ms,
    p.latency_p10_ms, p.latency_p50_ms, p.latency_p90_ms, p.latency_p95_ms, p.latency_p99_ms,
    p.latency_max_ms, p.latency_std_ms, p.throughput_items_per_second, p.memory_peak_mb,
    p.device_memory_peak_mb, p.energy_joules, p.max_abs_error, p.provenance, p.is_simulated,
    p.params, p.metrics, p.source_id, p.created_at
FROM performance_results p
JOIN test_runs r USING (run_id)
LEFT JOIN models m USING (model_id)
LEFT JOIN hardware_platforms h USING (hardware_id)
