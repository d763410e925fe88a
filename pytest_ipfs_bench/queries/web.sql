-- What did each browser measure, on which adapter, and how long did it take to get there?
SELECT
    n.model, n.weights, n.hardware, n.device, n.runtime, n.precision, n.batch, n.shape, n.options, n.provenance,
    w.browser, w.browser_version, w.adapter_vendor, w.adapter_architecture, w.requested_device, w.proven_device,
    n.latency_p50_ms AS p50_ms,
    n.throughput_items_per_second AS items_per_s,
    w.first_inference_ms AS first_ms,
    w.load_time_ms AS load_ms,
    w.initialization_time_ms AS initialization_ms,
    w.shader_compilation_time_ms AS shaders_ms,
    w.preprocessing_ms, w.postprocessing_ms,
    w.cpu_fallback_nodes AS nodes_on_cpu,
    w.real_time_factor,
    w.renderer_memory_mb, w.gpu_process_memory_mb,
    n.created_at AS measured_at
FROM newest_results n
JOIN web_platform_results w USING (result_id)
ORDER BY n.model, n.hardware, n.device, w.browser, w.browser_version, n.runtime, n.precision, n.batch, n.shape, n.options, n.provenance, n.weights
