-- Which tests fail by their newest outcome, and why?
WITH newest AS (
    SELECT node_id, coalesce(arg_max(run_id, created_at), max(run_id)) AS run_id
    FROM chosen_outcomes
    GROUP BY node_id
)
SELECT
    o.node_id AS test,
    o.status,
    o.error_type AS error,
    o.error_message AS reason,
    o.created_at AS failed_at
FROM chosen_outcomes o
JOIN newest n ON o.node_id = n.node_id AND o.run_id = n.run_id
WHERE o.status IN ('fail', 'error')
ORDER BY failed_at DESC NULLS LAST, o.test_result_id DESC
LIMIT $limit
