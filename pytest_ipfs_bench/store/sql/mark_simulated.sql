-- These results are simulated: a marker in one statement of a result holds for the result. {table}, {key}: our own names.
UPDATE {table} SET is_simulated = TRUE WHERE {key} IN (SELECT unnest($ids::UUID[])) AND is_simulated IS DISTINCT FROM TRUE
