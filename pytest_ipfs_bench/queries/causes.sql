-- Why do cells not run, by the newest try of each: how many for which reason, and when was that?
SELECT
    model,
    hardware,
    status,
    error_type AS cause,
    error_message AS reason,
    suggested_fix,
    string_agg(DISTINCT runtime, ', ' ORDER BY runtime) AS runtimes,
    string_agg(DISTINCT precision, ', ' ORDER BY precision) AS precisions,
    count(*) AS cells,
    provenance,
    max(tried_at) AS tried_at
FROM newest_tries
WHERE status <> 'compatible'
GROUP BY ALL
ORDER BY model, hardware, status, cause, reason, suggested_fix, provenance
