-- These lines (rows as JSON, one per line) go in. Nobody else writes, and the writer knows that the table lacks them.
-- {table} is a name of our own records.
INSERT INTO {table} BY NAME
SELECT unnest(from_json_strict(line, $shape)) FROM (SELECT unnest(string_split($lines, chr(10))) AS line)
