-- Which cells have been tried and measured, and how old is what is known of them?
WITH known AS (
    SELECT
        model, hardware, device, runtime, precision, batch, provenance, 0 AS measurements, NULL::TIMESTAMP AS measured_at, tried_at,
        status = 'compatible' AS ran
    FROM newest_tries
    UNION ALL
    SELECT model, hardware, device, runtime, precision, batch, provenance, measurements, created_at, NULL, true
    FROM newest_results
)
SELECT
    model, hardware, device, runtime, precision, batch, provenance,
    CASE WHEN sum(measurements) > 0 THEN 'measured' WHEN bool_or(ran) THEN 'verified only' ELSE 'never ran' END AS state,
    sum(measurements)::BIGINT AS measurements,
    max(measured_at) AS measured_at,
    max(tried_at) AS tried_at,
    round(date_diff('second', coalesce(max(measured_at), max(tried_at)), $now::TIMESTAMP) / 86400, 2) AS age_days
FROM known
GROUP BY ALL
ORDER BY model, hardware, device, runtime, precision, batch, provenance
