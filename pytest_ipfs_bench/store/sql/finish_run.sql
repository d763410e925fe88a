-- This import has ended, and how.
UPDATE test_runs
SET completed_at = $completed_at, execution_time_seconds = $seconds, success = $success, exit_status = $exit_status
WHERE run_id = $run_id
