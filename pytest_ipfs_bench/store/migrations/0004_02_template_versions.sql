-- One row per save of a template; none is ever changed. The columns after `text` are what its first comment says.
CREATE TABLE template_versions (
    version_id UUID NOT NULL,
    template_id UUID NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    text VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    model VARCHAR,
    family VARCHAR,
    modality VARCHAR,
    hardware VARCHAR,
    description VARCHAR,
    parent VARCHAR,
    author VARCHAR,
    message VARCHAR,
    created_at TIMESTAMP NOT NULL
)
