-- One row per session or import.
CREATE TABLE test_runs (
    run_id UUID PRIMARY KEY,
    test_name VARCHAR,
    test_type VARCHAR,
    started_at TIMESTAMP,
    completed_at TIMESTAMP,
    execution_time_seconds DOUBLE CHECK (execution_time_seconds >= 0),
    success BOOLEAN,
    exit_status BIGINT,
    git_commit VARCHAR,
    git_branch VARCHAR,
    git_dirty BOOLEAN,
    command_line VARCHAR,
    hostname VARCHAR,
    python_version VARCHAR,
    software JSON,
    labels JSON,
    metadata JSON,
    created_at TIMESTAMP
)
