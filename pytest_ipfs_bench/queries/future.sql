-- How many of the measurements are dated in the future?
SELECT count(*) AS results
FROM chosen_results
WHERE created_at > $now
