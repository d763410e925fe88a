-- Which names can a report be asked about?
SELECT 'model' AS kind, model_name AS name FROM models
UNION
SELECT 'family', model_family FROM models WHERE model_family IS NOT NULL
UNION
SELECT 'hardware', hardware_type FROM hardware_platforms
UNION
SELECT 'hardware', device_name FROM hardware_platforms WHERE device_name IS NOT NULL
UNION
SELECT 'branch', git_branch FROM test_runs WHERE git_branch IS NOT NULL
UNION
SELECT 'runtime', runtime FROM performance_results WHERE runtime IS NOT NULL
UNION
SELECT 'runtime', runtime FROM hardware_compatibility WHERE runtime IS NOT NULL
UNION
SELECT 'precision', precision FROM performance_results WHERE precision IS NOT NULL
UNION
SELECT 'precision', precision FROM hardware_compatibility WHERE precision IS NOT NULL
UNION
SELECT 'batch', batch_size::VARCHAR FROM performance_results WHERE batch_size IS NOT NULL
UNION
SELECT 'batch', batch_size::VARCHAR FROM hardware_compatibility WHERE batch_size IS NOT NULL
