-- Which series of measurements are there, the longest first?
SELECT
    coalesce(model, benchmark) AS name, weights, hardware, device, runtime, mode, precision, batch_size AS batch, shape, options, provenance,
    sum(measurements)::BIGINT AS measurements
FROM series
GROUP BY ALL
ORDER BY measurements DESC, name, hardware, device, runtime, mode, precision, batch, shape, options, provenance, weights
LIMIT $limit
