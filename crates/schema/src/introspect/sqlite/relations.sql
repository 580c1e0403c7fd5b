-- No column of the parent means its primary key. SQLite reads MATCH FULL and ignores it. Names and deferral are not in
-- the pragma; they come from the statement (ddl.sql).
select '' as schema, t.name as tbl, f.id, null as name, f.seq + 1 as ordinal, '' as parent_schema, f."table" as parent,
       f."from" as child_column, f."to" as parent_column, f.on_delete, f.on_update, 'no' as deferral,
       1 as validated, 0 as match_full, null as carrier_schema, null as carrier
from sqlite_master t
join pragma_foreign_key_list(t.name, 'main') f
where t.type = 'table' and t.sql not like 'create virtual %'
order by t.name, f.id, f.seq
