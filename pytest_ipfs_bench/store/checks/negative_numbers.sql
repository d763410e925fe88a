-- A latency, time, throughput, memory or energy is negative or no number.
-- (Look at the rows: SELECT * FROM performance_results WHERE result_id = ...)
SELECT result_id
FROM performance_results
WHERE len(list_filter(
    [
        total_time_seconds, load_time_ms, first_latency_ms, average_latency_ms, latency_min_ms, latency_p10_ms,
        latency_p50_ms, latency_p90_ms, latency_p95_ms, latency_p99_ms, latency_max_ms, latency_std_ms,
        throughput_items_per_second, memory_peak_mb, device_memory_peak_mb, energy_joules, max_abs_error
    ],
    lambda number: number < 0 OR isnan(number)
)) > 0
