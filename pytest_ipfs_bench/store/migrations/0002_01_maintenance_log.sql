-- What was done to this file besides storing sessions: upgrades, compactions, prunings, merges, restores.
CREATE TABLE maintenance_log (
    maintenance_id UUID NOT NULL,
    action VARCHAR NOT NULL,
    rows_before BIGINT,
    rows_after BIGINT,
    bytes_before BIGINT,
    bytes_after BIGINT,
    details JSON,
    created_at TIMESTAMP NOT NULL
)
