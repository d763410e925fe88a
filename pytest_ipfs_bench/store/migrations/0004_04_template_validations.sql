-- What became of every validation of a version; the newest one counts. rendered, collected: how many files, how many tests.
CREATE TABLE template_validations (
    validation_id UUID NOT NULL,
    version_id UUID NOT NULL,
    ok BOOLEAN NOT NULL,
    findings JSON NOT NULL,
    rendered BIGINT NOT NULL CHECK (rendered >= 0),
    collected BIGINT CHECK (collected >= 0),
    tools JSON NOT NULL,
    created_at TIMESTAMP NOT NULL
)
