-- Indexes that no constraint has made and that are no part of a partitioned one.
select m.schema, m.name, quote_ident(c.relname), pg_get_indexdef(i.indexrelid), i.indisvalid,
       quote_ident(n.nspname) || '.' || quote_ident(c.relname) as qualified,
       obj_description(i.indexrelid, 'pg_class') as comment
from made m
join pg_index i on i.indrelid = m.oid and i.indislive
join pg_class c on c.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace
where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
  and not exists (select from pg_inherits h where h.inhrelid = i.indexrelid)
order by m.depth, m.schema, m.name, c.relname
