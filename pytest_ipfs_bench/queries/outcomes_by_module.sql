-- What became of the tests of each module?
SELECT
    test_module AS module,
    CASE WHEN is_simulated THEN 'simulated' WHEN source_id IS NULL THEN 'measured' ELSE 'imported' END AS provenance,
    count(*) AS outcomes,
    count(*) FILTER (WHERE status = 'pass') AS pass,
    count(*) FILTER (WHERE status = 'fail') AS fail,
    count(*) FILTER (WHERE status = 'error') AS error,
    count(*) FILTER (WHERE status = 'skip') AS skip,
    count(*) FILTER (WHERE status = 'xfail') AS xfail,
    count(*) FILTER (WHERE status = 'xpass') AS xpass,
    count(*) FILTER (WHERE status = 'unknown') AS "unknown",
    sum(execution_time_seconds) AS seconds,
    max(created_at) AS newest
FROM chosen_outcomes
GROUP BY ALL
ORDER BY module, provenance
