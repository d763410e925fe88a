-- Measured rows name a software adapter as if it were hardware.
-- (SwiftShader, llvmpipe and their like run on the CPU.)
SELECT result_id
FROM performance_results
JOIN hardware_platforms h USING (hardware_id)
WHERE provenance = 'measured' AND is_simulated IS NOT TRUE AND h.hardware_type <> 'cpu'
    AND (h.is_software IS NOT TRUE)
    AND regexp_matches(lower(coalesce(h.device_name, '') || ' ' || coalesce(h.vendor, '')), 'swiftshader|llvmpipe|lavapipe|software|basic render')
