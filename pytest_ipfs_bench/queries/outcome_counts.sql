-- How many outcomes of each status are there?
SELECT status, count(*) AS outcomes
FROM integration_test_results
WHERE $simulated OR is_simulated IS NOT TRUE
GROUP BY status
ORDER BY outcomes DESC, status
