-- The index of a primary key is called sqlite_autoindex_…; a row id has none. Both get the name PostgreSQL would give.
select '' as schema, t.name as tbl, t.name || '_pkey' as name, 'primary' as role, c.pk as ordinal, c.name as col,
       1 as total, 1 as searchable
from sqlite_master t
join pragma_table_xinfo(t.name, 'main') c
where t.type = 'table' and t.sql not like 'create virtual %' and c.pk > 0
union all
select '', t.name, i.name, case when i."unique" then 'unique' else 'plain' end, x.seqno + 1, x.name,
       not i.partial, not i.partial
from sqlite_master t
join pragma_index_list(t.name, 'main') i
join pragma_index_xinfo(i.name, 'main') x
where t.type = 'table' and t.sql not like 'create virtual %' and i.origin <> 'pk' and x.key
order by 2, 3, 5
