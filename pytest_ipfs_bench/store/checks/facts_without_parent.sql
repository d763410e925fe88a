-- Facts refer to a run, a model or hardware that is not there.
-- (A foreign key was lost.)
SELECT id
FROM (
    SELECT result_id AS id, run_id, model_id, hardware_id FROM performance_results
    UNION ALL SELECT compatibility_id, run_id, model_id, hardware_id FROM hardware_compatibility
    UNION ALL SELECT test_result_id, run_id, model_id, hardware_id FROM integration_test_results
) f
LEFT JOIN test_runs r ON r.run_id = f.run_id
LEFT JOIN models m ON m.model_id = f.model_id
LEFT JOIN hardware_platforms h ON h.hardware_id = f.hardware_id
WHERE r.run_id IS NULL OR (f.model_id IS NOT NULL AND m.model_id IS NULL)
    OR (f.hardware_id IS NOT NULL AND h.hardware_id IS NULL)
