-- How many rows did each table gain between two counts?
SELECT
    later.test_runs - earlier.test_runs AS test_runs,
    later.hardware_platforms - earlier.hardware_platforms AS hardware_platforms,
    later.models - earlier.models AS models,
    later.performance_results - earlier.performance_results AS performance_results,
    later.hardware_compatibility - earlier.hardware_compatibility AS hardware_compatibility,
    later.integration_test_results - earlier.integration_test_results AS integration_test_results,
    later.power_metrics - earlier.power_metrics AS power_metrics,
    later.training_results - earlier.training_results AS training_results,
    later.web_platform_results - earlier.web_platform_results AS web_platform_results,
    later.import_sources - earlier.import_sources AS import_sources,
    later.maintenance_log - earlier.maintenance_log AS maintenance_log,
    later.templates - earlier.templates AS templates,
    later.template_versions - earlier.template_versions AS template_versions,
    later.template_dependencies - earlier.template_dependencies AS template_dependencies,
    later.template_validations - earlier.template_validations AS template_validations
FROM earlier, later
