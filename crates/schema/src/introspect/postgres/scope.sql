-- In front of every other query: the tables to read, and their partitions under the name of the root that they belong to.
-- Left out: temporary tables, foreign tables other than partitions, what an extension brought.
with member as materialized (
    select c.oid, c.relkind, c.relispartition,
           case when c.relispartition then pg_partition_root(c.oid)::oid else c.oid end as root
    from pg_class c
    where c.relkind in ('r', 'p', 'f')
      and (c.relkind <> 'f' or c.relispartition)
      and c.relpersistence <> 't'
), scope as materialized (
    select m.oid, m.relkind, m.relispartition, m.root, n.nspname as schema, r.relname as name
    from member m
    join pg_class r on r.oid = m.root
    join pg_namespace n on n.oid = r.relnamespace
    where n.nspname::text = any (array[{schemas}]::text[])
      and not exists (
          select from pg_depend d
          where d.classid = 'pg_class'::regclass and d.objid = r.oid and d.deptype = 'e')
)
