-- The models that a report was asked about: by name, or all of a family by its name.
CREATE OR REPLACE TEMP VIEW asked_models AS
SELECT *
FROM models
WHERE (
        getvariable('models') IS NULL
        OR model_name IN (SELECT unnest(getvariable('models')::VARCHAR[]))
        OR model_family IN (SELECT unnest(getvariable('models')::VARCHAR[]))
    )
    AND (getvariable('families') IS NULL OR model_family IN (SELECT unnest(getvariable('families')::VARCHAR[])))
