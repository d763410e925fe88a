-- How often each model ran on each device. Simulated and predicted rows are left out;
-- software that stands in for hardware is told apart.
CREATE OR REPLACE VIEW model_hardware_compatibility AS
SELECT
    m.model_name, m.model_family, h.hardware_type, h.device_name, c.provenance,
    count(*) FILTER (WHERE c.is_compatible) AS compatible_count,
    count(*) FILTER (WHERE NOT c.is_compatible) AS incompatible_count,
    avg(c.compatibility_score) AS avg_compatibility_score,
    max(c.created_at) AS last_tested,
    h.is_software IS TRUE AS is_software
FROM hardware_compatibility c
JOIN models m USING (model_id)
JOIN hardware_platforms h USING (hardware_id)
WHERE c.is_simulated IS NOT TRUE AND c.provenance IN ('measured', 'imported')
GROUP BY ALL
