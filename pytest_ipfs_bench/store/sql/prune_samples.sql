-- Which measurements older than $before have raw samples to lose? Those that go altogether are not among them.
SELECT p.result_id
FROM old.main.performance_results p
JOIN old.main.test_runs r USING (run_id)
ANTI JOIN memory.main.old_performance_results gone USING (result_id)
WHERE p.samples_ms IS NOT NULL AND coalesce(p.created_at, r.started_at) < $before::TIMESTAMP
