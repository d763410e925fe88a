-- Which of these lines (rows as JSON, one per line) are things that the table does not know yet? They go in, once each.
-- {table} and {key} are names of our own records.
INSERT INTO {table} BY NAME
WITH sent AS (
    SELECT unnest(from_json_strict(line, $shape)) FROM (SELECT unnest(string_split($lines, chr(10))) AS line)
)
SELECT DISTINCT ON ({key}) * FROM sent ANTI JOIN {table} AS known USING ({key})
