-- How many more has it after it, in the same transaction? {table} is one of our own.
SET VARIABLE gained_{table} = (SELECT count(*) FROM {table}) - getvariable('earlier_{table}')
