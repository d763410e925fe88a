-- Which of these cells, named by their ids, have been measured, how long ago, and what became of the others?
WITH planned AS (
    SELECT unnest($cells::VARCHAR[]) AS cell, generate_subscripts($cells::VARCHAR[], 1) AS place
),
measured AS (
    SELECT regexp_extract(test_case, '\[(.*)\]$', 1) AS cell, count(*) AS measurements, max(created_at) AS measured_at
    FROM chosen_results
    WHERE provenance = 'measured' AND cell IN (SELECT cell FROM planned)
    GROUP BY ALL
),
tried AS (
    SELECT
        regexp_extract(test_case, '\[(.*)\]$', 1) AS cell, max(created_at) AS tried_at, arg_max(status, created_at) AS status,
        arg_max(coalesce(error_message, ''), created_at) AS reason
    FROM chosen_tries
    WHERE provenance = 'measured' AND cell IN (SELECT cell FROM planned)
    GROUP BY ALL
)
SELECT
    p.cell,
    CASE
        WHEN t.status NOT IN ('compatible', 'unavailable', 'unknown') AND (m.measured_at >= t.tried_at) IS NOT TRUE THEN 'failed'
        WHEN m.measurements > 0 THEN 'measured'
        WHEN t.status = 'compatible' THEN 'verified only'
        ELSE coalesce(t.status, 'never')
    END AS state,
    coalesce(m.measurements, 0) AS measurements,
    m.measured_at,
    t.tried_at,
    round(date_diff('second', coalesce(m.measured_at, t.tried_at), $now::TIMESTAMP) / 86400, 2) AS age_days,
    CASE WHEN state NOT IN ('measured', 'verified only') THEN nullif(t.reason, '') END AS reason
FROM planned p
LEFT JOIN measured m USING (cell)
LEFT JOIN tried t USING (cell)
ORDER BY p.place
