-- A column's collation is named where it is not its type's. NOT NULL has a name from version 18 on.
select m.schema, m.name, quote_ident(a.attname) as column, format_type(a.atttypid, a.atttypmod) as type,
       case
           when a.attcollation not in (0, t.typcollation)
               then format('%I.%I', cn.nspname, cl.collname)
       end as collation,
       a.attnotnull and k.broken is not true as not_null, quote_ident(k.conname) as not_null_name,
       pg_get_expr(f.adbin, f.adrelid) as expression,
       case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end as generated,
       case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as identity,
       col_description(a.attrelid, a.attnum) as comment
from made m
join pg_attribute a on a.attrelid = m.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
left join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
left join pg_collation cl on cl.oid = a.attcollation
left join pg_namespace cn on cn.oid = cl.collnamespace
left join lateral (
    -- One that is not valid, or not for heirs, is added by itself.
    select n.conname, not n.convalidated or n.connoinherit as broken
    from pg_constraint n
    where n.contype = 'n' and n.conrelid = a.attrelid and n.conkey[1] = a.attnum
) k on true
where m.depth = 0
order by m.schema, m.name, a.attnum
