-- What is known of each cell of a model, in every column of its newest measurement?
SELECT *
FROM newest_results
ORDER BY model, hardware, device, runtime, mode, precision, batch, shape, options, provenance, weights
