-- Which hardware is there?
SELECT
    hardware_type AS hardware,
    shown(device_name, is_software IS TRUE) AS device,
    string_agg(DISTINCT vendor, ', ' ORDER BY vendor) AS vendor,
    string_agg(DISTINCT concat_ws(' ', platform, platform_version), ', ' ORDER BY concat_ws(' ', platform, platform_version))
        FILTER (WHERE platform IS NOT NULL) AS platforms,
    string_agg(DISTINCT driver_version, ', ' ORDER BY driver_version) AS drivers,
    max(memory_gb) AS memory_gb,
    max(compute_units) AS compute_units
FROM asked_hardware
WHERE hardware_id IN (
    SELECT hardware_id FROM chosen_results
    UNION
    SELECT hardware_id FROM chosen_tries
    UNION
    SELECT hardware_id FROM chosen_outcomes
)
GROUP BY hardware_type, device_name, is_software IS TRUE
ORDER BY hardware, device
