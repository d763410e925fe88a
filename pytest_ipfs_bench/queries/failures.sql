-- Which tests fail by their newest outcome, and why?
SELECT
    node_id AS test,
    status,
    error_type AS error,
    error_message AS reason,
    created_at AS failed_at
FROM (
    SELECT node_id, status, error_type, error_message, created_at, test_result_id
    FROM integration_test_results
    WHERE $simulated OR is_simulated IS NOT TRUE
    QUALIFY rank() OVER (PARTITION BY node_id ORDER BY run_id DESC) = 1
)
WHERE status IN ('fail', 'error')
ORDER BY failed_at DESC NULLS LAST, test_result_id DESC
LIMIT $limit
