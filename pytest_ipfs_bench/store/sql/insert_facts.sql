-- Which of these lines (rows as JSON, one per line) are not in the table yet? They go in.
-- {table} and {key} are names of our own records; a run's rows lie together, so the anti-join reads few blocks.
INSERT INTO {table} BY NAME
WITH sent AS MATERIALIZED (
    SELECT unnest(from_json_strict(line, $shape)) FROM (SELECT unnest(string_split($lines, chr(10))) AS line)
)
SELECT *
FROM sent
ANTI JOIN (SELECT {key} FROM {table} WHERE run_id IN (SELECT DISTINCT run_id FROM sent)) AS known USING ({key})
