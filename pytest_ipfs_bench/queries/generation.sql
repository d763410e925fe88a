-- How fast does each model read a prompt and write tokens?
SELECT
    model, weights, hardware, device, runtime, precision, mode, batch, shape, options, provenance,
    throughput_items_per_second AS tokens_per_s,
    coalesce(
        try_cast(metrics ->> '$.time_to_first_token_ms' AS DOUBLE), CASE WHEN mode = 'prefill' THEN latency_p50_ms END
    ) AS first_token_ms,
    try_cast(metrics ->> '$.time_per_output_token_ms' AS DOUBLE) AS ms_per_output_token,
    try_cast(metrics ->> '$.end_to_end_ms' AS DOUBLE) AS end_to_end_ms,
    try_cast(metrics ->> '$.prompt_length' AS BIGINT) AS prompt_tokens,
    try_cast(metrics ->> '$.output_length' AS BIGINT) AS output_tokens,
    try_cast(metrics ->> '$.kv_cache_mb' AS DOUBLE) AS kv_cache_mb,
    memory_peak_mb AS peak_mb,
    created_at AS measured_at
FROM newest_results
WHERE mode IN ('prefill', 'decode')
ORDER BY model, hardware, device, runtime, precision, mode DESC, batch, shape, options, provenance, weights
