-- Those that the server copies to partitions by itself have a parent, or are inherited. NOT NULL (version 18) is here
-- only where it can't be part of its column.
select m.schema, m.name, quote_ident(k.conname), k.contype, pg_get_constraintdef(k.oid),
       pn.nspname as parent_schema, p.relname as parent, obj_description(k.oid, 'pg_constraint') as comment
from made m
join pg_constraint k on k.conrelid = m.oid and k.conparentid = 0
left join pg_class c on c.oid = k.confrelid
left join pg_class p on p.oid = case when c.relispartition then pg_partition_root(c.oid)::oid else c.oid end
left join pg_namespace pn on pn.oid = p.relnamespace
where k.contype in ('p', 'u', 'x', 'c', 'f', 'n')
  and (k.coninhcount = 0 or k.contype = 'f')
  and (k.contype <> 'n' or (m.depth = 0 and (not k.convalidated or k.connoinherit)))
order by array_position(array['n', 'p', 'u', 'x', 'c', 'f'], k.contype::text), m.depth, m.schema, m.name, k.conname
