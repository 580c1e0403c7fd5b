-- In front of every other query: the tables to make, and their partitions, however deep.
with recursive made as materialized (
    select c.oid, n.nspname::text as schema, c.relname::text as name, 0 as depth,
           null::text collate "C" as parent_schema, null::text collate "C" as parent
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and (n.nspname::text, c.relname::text) in (values {tables})
    union all
    select c.oid, n.nspname::text, c.relname::text, made.depth + 1, made.schema, made.name
    from made
    join pg_inherits i on i.inhparent = made.oid
    join pg_class c on c.oid = i.inhrelid and c.relispartition
    join pg_namespace n on n.oid = c.relnamespace
)
