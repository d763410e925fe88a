-- Rows share an id that has to be unique.
-- --fix removes exact copies.
SELECT id
FROM (
    SELECT result_id AS id FROM performance_results
    UNION ALL SELECT compatibility_id FROM hardware_compatibility
    UNION ALL SELECT test_result_id FROM integration_test_results
    UNION ALL SELECT source_id FROM import_sources
)
GROUP BY id
HAVING count(*) > 1
