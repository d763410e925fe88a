-- What does each hardware run: how many cells, by the newest try of each?
SELECT
    hardware,
    device,
    provenance,
    count(DISTINCT model) AS models,
    count(*) FILTER (WHERE status = 'compatible') AS compatible,
    count(*) FILTER (WHERE status NOT IN ('compatible', 'unavailable', 'unknown')) AS incompatible,
    count(*) FILTER (WHERE status = 'unavailable') AS unavailable,
    count(*) FILTER (WHERE status = 'unknown') AS "unknown",
    max(tried_at) AS newest_try
FROM newest_tries
GROUP BY ALL
ORDER BY hardware, device, provenance
