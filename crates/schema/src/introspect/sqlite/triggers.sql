-- A trigger names its table as it was typed, the catalogue as it was made.
select '' as schema, t.name as tbl, g.name, g.sql
from sqlite_master g
join sqlite_master t on t.type = 'table' and t.name = g.tbl_name collate nocase
where g.type = 'trigger'
order by t.name, g.name
