-- What is known of each model on each kind of hardware, by the newest tries of its cells?
SELECT
    model,
    shown(hardware_type, is_software) AS hardware,
    provenance,
    count(*) FILTER (WHERE status = 'compatible') AS ran,
    count(*) FILTER (WHERE status NOT IN ('compatible', 'unavailable', 'unknown')) AS failed,
    count(*) FILTER (WHERE status = 'unavailable') AS unavailable,
    count(*) FILTER (WHERE status = 'unknown') AS "unknown",
    CASE
        WHEN ran > 0 AND failed > 0 THEN 'partly'
        WHEN ran > 0 THEN 'works'
        WHEN failed > 0 THEN 'fails'
        WHEN "unknown" > 0 THEN 'unknown'
        ELSE 'unavailable'
    END AS state,
    max(tried_at) AS tried_at
FROM newest_tries
GROUP BY ALL
ORDER BY model, hardware, provenance
