-- What are the samples of the cells and benchmarks that were measured last?
WITH newest AS (
    SELECT *
    FROM series
    QUALIFY row_number() OVER (
        PARTITION BY coalesce(model, benchmark), weights, hardware, device, runtime, mode, precision, batch_size, shape, options, provenance
        ORDER BY newest DESC NULLS LAST, result_id DESC
    ) = 1
),
sampled AS (
    SELECT n.*, p.samples_ms
    FROM newest n
    JOIN performance_results p USING (result_id)
    WHERE len(p.samples_ms) > 0
)
SELECT
    coalesce(model, benchmark) AS name, weights, hardware, device, runtime, mode, precision, batch_size AS batch, shape, options, provenance,
    samples_ms,
    count(*) OVER () AS cells
FROM sampled
ORDER BY newest DESC NULLS LAST, name, hardware, device, runtime, mode, precision, batch, shape, options, provenance, weights
LIMIT $limit
