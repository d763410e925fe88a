-- One row per file that an import looked at, whatever became of it.
CREATE TABLE import_sources (
    source_id UUID NOT NULL,
    run_id UUID,
    path VARCHAR NOT NULL,
    sha256 VARCHAR,
    size_bytes BIGINT,
    modified_at TIMESTAMP,
    format VARCHAR,
    status VARCHAR NOT NULL CHECK (status IN ('imported', 'duplicate', 'not_results', 'rejected')),
    reason VARCHAR,
    performance_rows BIGINT,
    compatibility_rows BIGINT,
    outcome_rows BIGINT,
    duplicate_rows BIGINT,
    imported_at TIMESTAMP
)
