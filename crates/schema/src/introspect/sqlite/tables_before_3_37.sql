-- As tables.sql, where there is no pragma_table_list: shadow tables are told by the endings that SQLite's own modules
-- use.
select '' as schema, t.name, null as storage_engine, 0 as row_security, null as estimated_rows, null as bytes,
       null as comment
from sqlite_master t
where t.type = 'table' and t.name not like 'sqlite\_%' escape '\' and t.sql not like 'create virtual %'
  and not exists (
      select 1 from sqlite_master v
      where v.type = 'table' and v.sql like 'create virtual %'
        and substr(t.name, 1, length(v.name)) = v.name
        and substr(t.name, length(v.name) + 1) in (
            '_data', '_idx', '_content', '_docsize', '_config', '_segments', '_segdir', '_stat',
            '_node', '_parent', '_rowid'))
order by t.name
