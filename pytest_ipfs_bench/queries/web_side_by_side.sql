-- How fast is the same cell in a browser, by each way through it, and outside of one?
WITH pages AS (
    SELECT n.*, w.result_id IS NOT NULL AS in_browser
    FROM newest_results n
    LEFT JOIN web_platform_results w USING (result_id)
    WHERE n.mode = 'inference' AND (n.params ->> '$.flag') IS NULL
)
SELECT
    model, weights, precision, batch, shape, provenance,
    CASE WHEN in_browser THEN hardware ELSE 'native ' || hardware END AS place,
    min(latency_p50_ms) AS p50_ms
FROM pages
WHERE hardware IS NOT NULL AND latency_p50_ms IS NOT NULL AND model IN (SELECT model FROM pages WHERE in_browser)
GROUP BY ALL
ORDER BY ALL
