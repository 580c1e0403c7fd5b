select '' as schema, t.name as tbl, t.sql
from sqlite_master t
where t.type = 'table' and t.sql not like 'create virtual %'
order by t.name
