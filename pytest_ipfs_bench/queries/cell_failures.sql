-- Which models do not run on which hardware, by the newest try of each cell, and why?
SELECT
    model, hardware, runtime, precision, batch, status,
    error_message AS reason,
    suggested_fix,
    provenance,
    tried_at
FROM newest_tries
WHERE status <> 'compatible'
ORDER BY model, hardware, runtime, precision, batch, tried_at, status, reason
LIMIT $limit
