-- Which versions of the schema this database has been through; the newest one is what it is.
CREATE TABLE schema_version (
    version BIGINT NOT NULL,
    description VARCHAR NOT NULL,
    applied_at TIMESTAMP NOT NULL
)
