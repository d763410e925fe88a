-- How many outcomes of each status are there?
SELECT status, count(*) AS outcomes
FROM chosen_outcomes
GROUP BY status
ORDER BY outcomes DESC, status
