-- How many rows are simulated or predicted, and therefore left out of every answer that does not ask for them?
SELECT
    (SELECT count(*) FROM asked_results WHERE is_simulated OR provenance IN ('simulated', 'predicted')) AS performance_rows,
    (SELECT count(*) FROM asked_tries WHERE is_simulated OR provenance IN ('simulated', 'predicted')) AS compatibility_rows,
    (SELECT count(*) FROM asked_outcomes WHERE is_simulated) AS outcome_rows
WHERE NOT getvariable('simulated')
