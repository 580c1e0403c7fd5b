-- Every partition of every level with the one above it. A partition in a schema that is read is named even if its root
-- is not, so that it can be warned of.
select rn.nspname as schema, r.relname as name, pn.nspname as partition_schema, p.relname as partition,
       an.nspname as parent_schema, a.relname as parent, p.relkind <> 'p' as leaf
from member m
join pg_class p on p.oid = m.oid
join pg_namespace pn on pn.oid = p.relnamespace
join pg_class r on r.oid = m.root
join pg_namespace rn on rn.oid = r.relnamespace
join pg_inherits i on i.inhrelid = m.oid
join pg_class a on a.oid = i.inhparent
join pg_namespace an on an.oid = a.relnamespace
where m.relispartition
  and (m.root in (select s.root from scope s) or pn.nspname::text = any (array[{schemas}]::text[]))
order by 1, 2, 3, 4
