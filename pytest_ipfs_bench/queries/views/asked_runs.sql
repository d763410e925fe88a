-- The runs that a report was asked about.
CREATE OR REPLACE TEMP VIEW asked_runs AS
SELECT *
FROM test_runs
WHERE (getvariable('run') IS NULL OR starts_with(run_id::VARCHAR, getvariable('run')::VARCHAR))
    AND (getvariable('branch') IS NULL OR git_branch = getvariable('branch')::VARCHAR)
    AND (getvariable('labels') IS NULL OR json_contains(labels, getvariable('labels')::VARCHAR::JSON))
