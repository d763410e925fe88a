-- Every text that a template has had. The text's first comment is the truth; the columns about it are its index.
CREATE TABLE template_versions (
    version_id UUID NOT NULL,
    template_id UUID NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    text VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL CHECK (sha256 = sha256(text)),
    kind VARCHAR NOT NULL CHECK (kind IN ('test', 'skill', 'suite', 'model', 'backend', 'importer', 'helper')),
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
