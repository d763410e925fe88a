-- One row per validation of a version: the newest one says whether it may be used. collected NULL: pytest was not asked.
CREATE TABLE template_validations (
    validation_id UUID NOT NULL,
    version_id UUID NOT NULL,
    ok BOOLEAN NOT NULL,
    findings JSON,
    rendered BIGINT CHECK (rendered >= 0),
    collected BIGINT CHECK (collected >= 0),
    tools JSON,
    created_at TIMESTAMP NOT NULL
)
