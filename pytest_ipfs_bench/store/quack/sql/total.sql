-- How many rows did each table gain by the hand-over?
SELECT
    getvariable('gained_test_runs') AS test_runs,
    getvariable('gained_hardware_platforms') AS hardware_platforms,
    getvariable('gained_models') AS models,
    getvariable('gained_performance_results') AS performance_results,
    getvariable('gained_hardware_compatibility') AS hardware_compatibility,
    getvariable('gained_integration_test_results') AS integration_test_results,
    getvariable('gained_power_metrics') AS power_metrics,
    getvariable('gained_training_results') AS training_results,
    getvariable('gained_web_platform_results') AS web_platform_results,
    getvariable('gained_import_sources') AS import_sources,
    getvariable('gained_maintenance_log') AS maintenance_log,
    getvariable('gained_templates') AS templates,
    getvariable('gained_template_versions') AS template_versions,
    getvariable('gained_template_dependencies') AS template_dependencies,
    getvariable('gained_template_validations') AS template_validations
