-- Rows are marked as simulated and as measured at once.
-- (provenance and is_simulated contradict each other.)
SELECT result_id FROM performance_results WHERE is_simulated AND provenance = 'measured'
UNION ALL
SELECT compatibility_id FROM hardware_compatibility WHERE is_simulated AND provenance = 'measured'
