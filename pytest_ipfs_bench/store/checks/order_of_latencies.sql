-- A minimum, median, mean or percentile of latency lies outside minimum and maximum.
-- (Look at the rows: SELECT * FROM performance_results WHERE result_id = ...)
SELECT result_id
FROM performance_results
WHERE latency_min_ms > latency_max_ms * (1 + 1e-9)
    OR least(latency_p50_ms, average_latency_ms, latency_p10_ms) < latency_min_ms * (1 - 1e-9)
    OR greatest(latency_p50_ms, average_latency_ms, latency_p99_ms) > latency_max_ms * (1 + 1e-9)
