-- What does each switch of a browser's runtime gain, by two real measurements that differ in it alone?
WITH pages AS (
    SELECT
        n.*, w.browser, w.browser_version, w.flags AS browser_flags, n.params ->> '$.flag' AS flag,
        json_merge_patch(n.params, '{"flag": null}')::VARCHAR AS same
    FROM newest_results n
    JOIN web_platform_results w USING (result_id)
    WHERE n.is_simulated IS NOT TRUE AND n.provenance IN ('measured', 'imported')
)
SELECT
    f.model, f.weights, f.hardware, f.device, f.browser, f.browser_version, f.runtime, f.precision, f.batch, f.shape, f.provenance,
    f.flag,
    u.latency_p50_ms AS usual_p50_ms,
    f.latency_p50_ms AS p50_ms,
    f.latency_p50_ms / u.latency_p50_ms AS p50_to_usual,
    u.first_latency_ms AS usual_first_ms,
    f.first_latency_ms AS first_ms,
    f.created_at AS measured_at
FROM pages f
JOIN pages u ON u.flag IS NULL AND f.model = u.model AND f.mode = u.mode AND f.provenance = u.provenance
    AND f.same IS NOT DISTINCT FROM u.same AND f.weights IS NOT DISTINCT FROM u.weights
    AND f.hardware IS NOT DISTINCT FROM u.hardware AND f.device IS NOT DISTINCT FROM u.device
    AND f.runtime IS NOT DISTINCT FROM u.runtime AND f.runtime_version IS NOT DISTINCT FROM u.runtime_version
    AND f.precision IS NOT DISTINCT FROM u.precision AND f.batch IS NOT DISTINCT FROM u.batch
    AND f.sequence_length IS NOT DISTINCT FROM u.sequence_length AND f.browser IS NOT DISTINCT FROM u.browser
    AND f.browser_version IS NOT DISTINCT FROM u.browser_version AND f.browser_flags IS NOT DISTINCT FROM u.browser_flags
WHERE f.flag IS NOT NULL
ORDER BY ALL
