-- Neither virtual tables nor the shadow tables that keep their contents.
select '' as schema, t.name, null as storage_engine, 0 as row_security, null as estimated_rows, null as bytes,
       null as comment
from pragma_table_list t
where t.schema = 'main' and t.type = 'table' and t.name not like 'sqlite\_%' escape '\'
order by t.name
