-- The hardware that a report was asked about: by its type or by the name of a device.
CREATE OR REPLACE TEMP VIEW asked_hardware AS
SELECT *
FROM hardware_platforms
WHERE getvariable('hardware') IS NULL
    OR hardware_type IN (SELECT unnest(getvariable('hardware')::VARCHAR[]))
    OR device_name IN (SELECT unnest(getvariable('hardware')::VARCHAR[]))
