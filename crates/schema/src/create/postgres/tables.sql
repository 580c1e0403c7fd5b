-- Partitions after what they are a part of.
select m.schema, m.name, m.parent_schema, m.parent, pg_get_expr(c.relpartbound, c.oid) as bound,
       case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as partition_key,
       (select string_agg(format('%s=%L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ')
        from unnest(c.reloptions) o) as storage,
       c.relpersistence = 'u' as unlogged, c.relkind = 'f' as is_foreign,
       exists (
           select from pg_inherits i
           join pg_class k on k.oid = i.inhrelid
           where not k.relispartition and m.oid in (i.inhrelid, i.inhparent)) as inherits,
       obj_description(m.oid, 'pg_class') as comment
from made m
join pg_class c on c.oid = m.oid
order by m.depth, m.schema, m.name
