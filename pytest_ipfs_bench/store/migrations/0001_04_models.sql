-- One row per architecture of one size; the id is made from what identifies it.
CREATE TABLE models (
    model_id UUID PRIMARY KEY,
    model_name VARCHAR NOT NULL,
    model_family VARCHAR,
    modality VARCHAR,
    source VARCHAR,
    version VARCHAR,
    parameters_million DOUBLE CHECK (parameters_million >= 0),
    metadata JSON,
    created_at TIMESTAMP
)
