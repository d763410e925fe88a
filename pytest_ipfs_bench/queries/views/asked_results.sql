-- The measurements that a report was asked about, of every provenance.
CREATE OR REPLACE TEMP VIEW asked_results AS
SELECT *
FROM performance_results
WHERE (getvariable('runtimes') IS NULL OR runtime IN (SELECT unnest(getvariable('runtimes')::VARCHAR[])))
    AND (getvariable('precisions') IS NULL OR precision IN (SELECT unnest(getvariable('precisions')::VARCHAR[])))
    AND (getvariable('batches') IS NULL OR batch_size IN (SELECT unnest(getvariable('batches')::BIGINT[])))
    AND (getvariable('since') IS NULL OR created_at >= getvariable('since')::TIMESTAMP)
    AND (getvariable('until') IS NULL OR created_at < getvariable('until')::TIMESTAMP)
    AND (getvariable('runs') IS NULL OR run_id IN (SELECT unnest(getvariable('runs')::UUID[])))
    AND (getvariable('any_run') OR run_id IN (SELECT run_id FROM asked_runs))
    AND (getvariable('any_model') OR model_id IN (SELECT model_id FROM asked_models))
    AND (getvariable('any_hardware') OR hardware_id IN (SELECT hardware_id FROM asked_hardware))
