-- Which raw samples have these measurements?
SELECT result_id::VARCHAR AS result_id, samples_ms
FROM performance_results
WHERE result_id IN (SELECT unnest($results::UUID[])) AND samples_ms IS NOT NULL
