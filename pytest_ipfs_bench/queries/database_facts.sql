-- How old is the database, and which version of the schema has it?
SELECT
    (SELECT max(version) FROM schema_version) AS schema_version,
    (SELECT max(applied_at) FROM schema_version) AS schema_since,
    (SELECT count(*) FROM test_runs) AS runs,
    (SELECT count(*) FROM test_runs WHERE completed_at IS NULL) AS unfinished_runs,
    (SELECT min(started_at) FROM test_runs) AS oldest_run,
    (SELECT max(started_at) FROM test_runs) AS newest_run
