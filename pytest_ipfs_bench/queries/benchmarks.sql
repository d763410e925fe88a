-- How fast is each benchmark of the tests, by its newest measurement on each device?
SELECT
    p.test_case AS benchmark,
    p.metrics ->> '$.pytest_benchmark.group' AS "group",
    shown(h.device_name, h.is_software) AS device,
    p.provenance,
    p.latency_min_ms AS min_ms,
    p.latency_p50_ms AS median_ms,
    p.average_latency_ms AS mean_ms,
    p.latency_std_ms AS std_ms,
    p.throughput_items_per_second AS ops,
    p.rounds,
    p.iterations,
    count(*) OVER kind AS measurements,
    p.created_at AS measured_at
FROM chosen_results p
LEFT JOIN hardware_platforms h USING (hardware_id)
WHERE p.model_id IS NULL
WINDOW kind AS (PARTITION BY p.test_case, h.hardware_type, h.device_name, h.is_software IS TRUE, p.provenance)
QUALIFY row_number() OVER (kind ORDER BY p.created_at DESC NULLS LAST, p.result_id DESC) = 1
ORDER BY benchmark, device, p.provenance
LIMIT $limit
