-- Outcomes by module.
CREATE VIEW integration_test_status AS
SELECT
    test_module,
    count(*) AS total_tests,
    count(*) FILTER (WHERE status = 'pass') AS passed,
    count(*) FILTER (WHERE status = 'fail') AS failed,
    count(*) FILTER (WHERE status = 'error') AS errors,
    count(*) FILTER (WHERE status = 'skip') AS skipped,
    max(created_at) AS last_run,
    count(*) FILTER (WHERE status = 'xfail') AS xfailed,
    count(*) FILTER (WHERE status = 'xpass') AS xpassed
FROM integration_test_results
WHERE is_simulated IS NOT TRUE
GROUP BY test_module
