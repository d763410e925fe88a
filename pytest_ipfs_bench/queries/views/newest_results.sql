-- The newest measurement of each cell of a model, flat, with the number of all of its measurements.
CREATE OR REPLACE TEMP VIEW newest_results AS
WITH newest AS (
    SELECT *, sum(measurements) OVER cell AS in_all
    FROM series
    WHERE benchmark IS NULL
    WINDOW cell AS (
        PARTITION BY model, weights, hardware, device, runtime, mode, precision, batch_size, shape, options, provenance
    )
    QUALIFY row_number() OVER (cell ORDER BY newest DESC NULLS LAST, result_id DESC) = 1
)
SELECT
    n.model, n.family, n.parameters_million, n.weights, n.hardware_type, n.hardware, n.device, n.is_software, n.runtime, n.mode,
    n.precision, n.batch_size AS batch, n.shape, n.options, n.provenance, n.in_all::BIGINT AS measurements,
    p.* EXCLUDE (model_id, hardware_id, device_index, runtime, mode, precision, batch_size, weights, provenance)
FROM newest n
JOIN performance_results p USING (result_id)
