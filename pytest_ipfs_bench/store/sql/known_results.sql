-- Which of these results are there, but for those of some sources? {table} and {key} are names of our own records.
SELECT {key}
FROM {table}
WHERE {key} IN (SELECT unnest($ids::UUID[])) AND (source_id IS NULL OR source_id NOT IN (SELECT unnest($but::UUID[])))
