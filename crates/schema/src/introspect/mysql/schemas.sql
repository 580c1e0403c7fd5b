select SCHEMA_NAME
from information_schema.SCHEMATA
where SCHEMA_NAME not in ('information_schema', 'performance_schema', 'mysql', 'sys')
order by SCHEMA_NAME
