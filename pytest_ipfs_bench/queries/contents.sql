-- How much is there of what may be counted, and when was it measured last?
SELECT
    (SELECT count(*) FROM asked_runs) AS runs,
    (SELECT count(*) FROM chosen_results) AS measurements,
    (SELECT count(*) FROM chosen_results WHERE provenance = 'measured') AS measured,
    (SELECT count(*) FROM chosen_results WHERE provenance = 'imported') AS imported,
    (SELECT count(*) FROM chosen_tries) AS tries,
    (SELECT count(*) FROM chosen_outcomes) AS outcomes,
    (SELECT max(created_at) FROM chosen_results) AS newest
