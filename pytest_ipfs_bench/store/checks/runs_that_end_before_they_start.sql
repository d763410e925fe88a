-- Runs end before they start.
-- (A clock was set back.)
SELECT run_id FROM test_runs WHERE completed_at < started_at
