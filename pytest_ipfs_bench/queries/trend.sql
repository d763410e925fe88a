-- How did the longest series change over time, the oldest measurement first?
WITH named AS (
    SELECT *, sum(measurements) OVER one AS total
    FROM series
    WINDOW one AS (
        PARTITION BY coalesce(model, benchmark), weights, hardware, device, runtime, mode, precision, batch_size, shape, options, provenance
    )
),
longest AS (
    SELECT *
    FROM named
    QUALIFY rank() OVER (
        ORDER BY total DESC, coalesce(model, benchmark), hardware, device, runtime, mode, precision, batch_size, shape, options,
            provenance, weights
    ) = 1
)
SELECT
    p.created_at AS measured_at,
    left(r.git_commit, 10) || CASE WHEN r.git_dirty THEN '+' ELSE '' END AS "commit",
    r.git_branch AS branch,
    h.driver_version AS driver,
    p.runtime_version,
    r.hostname AS host,
    p.latency_p50_ms AS p50_ms,
    p.average_latency_ms AS mean_ms,
    p.throughput_items_per_second AS items_per_s,
    p.memory_peak_mb AS peak_mb,
    p.rounds,
    p.run_id
FROM chosen_results p
JOIN longest s ON p.model_id IS NOT DISTINCT FROM s.model_id AND p.hardware_id IS NOT DISTINCT FROM s.hardware_id
    AND p.device_index IS NOT DISTINCT FROM s.device_index AND p.runtime IS NOT DISTINCT FROM s.runtime
    AND p.mode = s.mode AND p.precision IS NOT DISTINCT FROM s.precision AND p.batch_size IS NOT DISTINCT FROM s.batch_size
    AND p.sequence_length IS NOT DISTINCT FROM s.sequence_length AND p.weights IS NOT DISTINCT FROM s.weights
    AND p.provenance = s.provenance AND p.params IS NOT DISTINCT FROM s.params
    AND (CASE WHEN p.model_id IS NULL THEN p.test_case END) IS NOT DISTINCT FROM s.benchmark
    AND (s.imported_case IS NULL OR p.test_case = s.imported_case)
JOIN test_runs r USING (run_id)
LEFT JOIN hardware_platforms h ON h.hardware_id = p.hardware_id
ORDER BY p.created_at NULLS FIRST, p.result_id
