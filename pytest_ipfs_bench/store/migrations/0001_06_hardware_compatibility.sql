-- One row per cell tried: does this model run on this hardware, and if not, why.
CREATE TABLE hardware_compatibility (
    compatibility_id UUID NOT NULL,
    run_id UUID NOT NULL REFERENCES test_runs (run_id),
    model_id UUID REFERENCES models (model_id),
    hardware_id UUID REFERENCES hardware_platforms (hardware_id),
    device_index BIGINT CHECK (device_index >= 0),
    test_case VARCHAR,
    cell_key VARCHAR,
    mode VARCHAR,
    runtime VARCHAR,
    precision VARCHAR,
    weights VARCHAR,
    batch_size BIGINT CHECK (batch_size > 0),
    sequence_length BIGINT CHECK (sequence_length > 0),
    status VARCHAR NOT NULL CHECK (status IN (
        'compatible', 'incompatible', 'crashed', 'timeout', 'out_of_memory',
        'wrong_output', 'fallback', 'unavailable', 'unknown'
    )),
    is_compatible BOOLEAN,
    detection_success BOOLEAN,
    initialization_success BOOLEAN,
    error_type VARCHAR,
    error_message VARCHAR,
    suggested_fix VARCHAR,
    workaround_available BOOLEAN,
    compatibility_score DOUBLE,
    max_abs_error DOUBLE,
    provenance VARCHAR NOT NULL CHECK (provenance IN ('measured', 'imported', 'simulated', 'predicted')),
    is_simulated BOOLEAN,
    metadata JSON,
    source_id UUID,
    created_at TIMESTAMP
)
