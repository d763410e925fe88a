-- Means by model, platform and browser. Simulated and predicted rows are left out; measured and imported stay apart,
-- so do devices and software that stands in for them.
CREATE OR REPLACE VIEW web_platform_performance_metrics AS
SELECT
    m.model_name, m.model_family, w.platform, w.browser, w.browser_version,
    avg(w.load_time_ms) AS avg_load_time_ms,
    avg(p.average_latency_ms) AS avg_inference_time_ms,
    avg(w.load_time_ms + w.initialization_time_ms + w.first_inference_ms) AS avg_total_time_ms,
    avg(w.shader_compilation_time_ms) AS avg_shader_compilation_ms,
    avg(p.memory_peak_mb) AS avg_memory_usage_mb,
    count(*) AS test_count,
    count(p.average_latency_ms) AS success_count,
    max(p.created_at) AS last_tested,
    p.provenance,
    h.device_name,
    h.is_software IS TRUE AS is_software
FROM web_platform_results w
JOIN performance_results p USING (result_id)
JOIN models m USING (model_id)
LEFT JOIN hardware_platforms h USING (hardware_id)
WHERE p.is_simulated IS NOT TRUE AND p.provenance IN ('measured', 'imported')
GROUP BY ALL
