-- One row per entry of pytest's closing counts.
CREATE TABLE integration_test_results (
    test_result_id UUID NOT NULL,
    run_id UUID NOT NULL REFERENCES test_runs (run_id),
    test_module VARCHAR,
    test_class VARCHAR,
    test_name VARCHAR,
    node_id VARCHAR,
    status VARCHAR NOT NULL CHECK (status IN ('pass', 'fail', 'error', 'skip', 'xfail', 'xpass', 'unknown')),
    execution_time_seconds DOUBLE,
    hardware_id UUID REFERENCES hardware_platforms (hardware_id),
    model_id UUID REFERENCES models (model_id),
    error_type VARCHAR,
    error_message VARCHAR,
    error_traceback VARCHAR,
    is_simulated BOOLEAN,
    metadata JSON,
    source_id UUID,
    created_at TIMESTAMP
)
