-- In each of these queries {schema:X} is column X, with the current database as the empty text, and {where:X} the
-- condition that it is a database to read. Each reads one table of information_schema: MariaDB answers such a query by
-- listing one directory, and a join of two by listing it for every row.
select {schema:TABLE_SCHEMA}, TABLE_NAME, ENGINE, 0 as row_security, TABLE_ROWS, DATA_LENGTH, TABLE_COMMENT
from information_schema.TABLES
where {where:TABLE_SCHEMA}
  and TABLE_TYPE in ('BASE TABLE', 'SYSTEM VERSIONED')
order by TABLE_SCHEMA, TABLE_NAME
