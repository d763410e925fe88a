-- How many rows has this table before a hand-over? {table} is one of our own.
SET VARIABLE earlier_{table} = (SELECT count(*) FROM {table})
