-- A key that is called INTEGER and has no index of its own is the row id: never NULL, and given out by the table. Other
-- key columns may be NULL, unless the pragma says otherwise (it does for WITHOUT ROWID and STRICT).
-- Expressions and collations are not in any pragma; they come from the statement (ddl.sql).
with keyed as materialized (
    select t.name, max(i.origin = 'pk') as by_index
    from sqlite_master t
    join pragma_index_list(t.name, 'main') i
    where t.type = 'table' and t.sql not like 'create virtual %'
    group by t.name
), described as materialized (
    select t.name as tbl, c.*, upper(c.type) = 'INTEGER' and c.pk = 1 and not coalesce(k.by_index, 0) as row_id
    from sqlite_master t
    join pragma_table_xinfo(t.name, 'main') c
    left join keyed k on k.name = t.name
    where t.type = 'table' and t.sql not like 'create virtual %' and c.hidden <> 1
)
select '' as schema, d.tbl, d.name, d.type as native_type, d.type as kind,
       not (d."notnull" or d.row_id) as nullable,
       d.dflt_value as "default",
       case when d.row_id then 'auto-increment' end as generator,
       case d.hidden when 2 then 'virtual' when 3 then 'stored' end as generated,
       null as expression, null as charset, null as collation, 0 as invisible, 0 as text_only, null as comment
from described d
order by d.tbl, d.cid
