-- How many rows has each table?
SELECT *
FROM (
    SELECT 'test_runs' AS "table", count(*) AS "rows" FROM test_runs
    UNION ALL
    SELECT 'models' AS "table", count(*) AS "rows" FROM models
    UNION ALL
    SELECT 'hardware_platforms' AS "table", count(*) AS "rows" FROM hardware_platforms
    UNION ALL
    SELECT 'performance_results' AS "table", count(*) AS "rows" FROM performance_results
    UNION ALL
    SELECT 'hardware_compatibility' AS "table", count(*) AS "rows" FROM hardware_compatibility
    UNION ALL
    SELECT 'integration_test_results' AS "table", count(*) AS "rows" FROM integration_test_results
    UNION ALL
    SELECT 'power_metrics' AS "table", count(*) AS "rows" FROM power_metrics
    UNION ALL
    SELECT 'training_results' AS "table", count(*) AS "rows" FROM training_results
    UNION ALL
    SELECT 'web_platform_results' AS "table", count(*) AS "rows" FROM web_platform_results
    UNION ALL
    SELECT 'import_sources' AS "table", count(*) AS "rows" FROM import_sources
)
ORDER BY ALL
