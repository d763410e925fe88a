-- How many rows are simulated or predicted, and therefore left out of every answer that does not ask for them?
SELECT
    (SELECT count(*) FROM performance_results WHERE is_simulated OR provenance IN ('simulated', 'predicted'))
        AS performance_rows,
    (SELECT count(*) FROM hardware_compatibility WHERE is_simulated OR provenance IN ('simulated', 'predicted'))
        AS compatibility_rows,
    (SELECT count(*) FROM integration_test_results WHERE is_simulated) AS outcome_rows
