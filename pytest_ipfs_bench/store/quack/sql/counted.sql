-- How many rows has each table now? {when} is a name of our own.
CREATE TEMP TABLE {when} AS SELECT
    (SELECT count(*) FROM test_runs) AS test_runs,
    (SELECT count(*) FROM hardware_platforms) AS hardware_platforms,
    (SELECT count(*) FROM models) AS models,
    (SELECT count(*) FROM performance_results) AS performance_results,
    (SELECT count(*) FROM hardware_compatibility) AS hardware_compatibility,
    (SELECT count(*) FROM integration_test_results) AS integration_test_results,
    (SELECT count(*) FROM power_metrics) AS power_metrics,
    (SELECT count(*) FROM training_results) AS training_results,
    (SELECT count(*) FROM web_platform_results) AS web_platform_results,
    (SELECT count(*) FROM import_sources) AS import_sources,
    (SELECT count(*) FROM maintenance_log) AS maintenance_log,
    (SELECT count(*) FROM templates) AS templates,
    (SELECT count(*) FROM template_versions) AS template_versions,
    (SELECT count(*) FROM template_dependencies) AS template_dependencies,
    (SELECT count(*) FROM template_validations) AS template_validations
