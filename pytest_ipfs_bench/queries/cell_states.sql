-- When was each of these cells measured last, and what became of its newest try that says something about it?
WITH measured AS (
    SELECT cell_key, max(created_at) AS measured_at
    FROM performance_results
    WHERE cell_key IN (SELECT unnest($keys)) AND provenance = 'measured' AND is_simulated IS NOT TRUE
    GROUP BY cell_key
),
tried AS (
    SELECT cell_key, arg_max(status, created_at) AS status, max(created_at) AS tried_at
    FROM hardware_compatibility
    WHERE cell_key IN (SELECT unnest($keys)) AND provenance = 'measured' AND is_simulated IS NOT TRUE
        AND status <> 'unavailable' AND (status <> 'unknown' OR error_type = 'unverified')
    GROUP BY cell_key
)
SELECT cell_key, measured_at, status, tried_at
FROM measured
FULL JOIN tried USING (cell_key)
