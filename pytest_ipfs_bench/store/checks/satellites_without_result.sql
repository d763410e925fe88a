-- Rows of power_metrics, training_results or web_platform_results belong to no performance row.
-- --fix removes them.
SELECT result_id
FROM (
    SELECT result_id FROM power_metrics
    UNION ALL SELECT result_id FROM training_results
    UNION ALL SELECT result_id FROM web_platform_results
)
ANTI JOIN performance_results USING (result_id)
