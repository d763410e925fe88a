-- What does a server tell of itself?
CREATE TABLE {guard}.about AS SELECT $version AS version, $schema AS schema_version, version() AS duckdb_version, $texts AS texts
