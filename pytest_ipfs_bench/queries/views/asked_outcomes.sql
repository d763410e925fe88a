-- The outcomes of tests that a report was asked about, simulated ones too.
CREATE OR REPLACE TEMP VIEW asked_outcomes AS
SELECT *
FROM integration_test_results
WHERE (getvariable('since') IS NULL OR created_at >= getvariable('since')::TIMESTAMP)
    AND (getvariable('until') IS NULL OR created_at < getvariable('until')::TIMESTAMP)
    AND (getvariable('any_run') OR run_id IN (SELECT run_id FROM asked_runs))
    AND (getvariable('any_model') OR model_id IN (SELECT model_id FROM asked_models))
    AND (getvariable('any_hardware') OR hardware_id IN (SELECT hardware_id FROM asked_hardware))
