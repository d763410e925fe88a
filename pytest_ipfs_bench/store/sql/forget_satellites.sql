-- What hangs on the results of this source goes. {table} is one of our own.
DELETE FROM {table} WHERE result_id IN (SELECT result_id FROM performance_results WHERE source_id = $source)
