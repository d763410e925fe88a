-- The rows of this source go. {table} is one of our own.
DELETE FROM {table} WHERE source_id = $source
