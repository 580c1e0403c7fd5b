-- One row for each pair of columns. Copies of a foreign key that the server made for partitions have a parent
-- constraint; one on a partition without such a parent exists on that partition only, which is then the carrier.
-- A reference to a partition is a reference to its root. Disabled checks (ALTER TABLE … DISABLE TRIGGER ALL) leave the
-- constraint but not its promise; conenforced came with version 18, hence the detour by jsonb.
, fkey as materialized (
    select s.schema, s.name, k.oid, k.conname, k.conrelid, k.confrelid, k.conkey, k.confkey,
           k.confdeltype, k.confupdtype, k.condeferrable, k.condeferred, k.confmatchtype, s.oid <> s.root as carried,
           case when p.relispartition then pg_partition_root(p.oid)::oid else p.oid end as parent,
           coalesce((to_jsonb(k) ->> 'conperiod')::boolean, false) as period,
           k.convalidated
               and coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
               and not exists (
                   select from pg_trigger t
                   where t.tgconstraint = k.oid and t.tgisinternal and t.tgenabled in ('D', 'R')) as validated
    from scope s
    join pg_constraint k on k.conrelid = s.oid and k.contype = 'f' and k.conparentid = 0
    join pg_class p on p.oid = k.confrelid
)
select f.schema, f.name, f.oid::text as id, f.conname, pair.ordinal, pn.nspname as parent_schema, p.relname as parent,
       ca.attname as child_column, pa.attname as parent_column,
       case f.confdeltype
           when 'a' then 'NO ACTION' when 'r' then 'RESTRICT' when 'c' then 'CASCADE'
           when 'n' then 'SET NULL' when 'd' then 'SET DEFAULT' else f.confdeltype::text
       end as on_delete,
       case f.confupdtype
           when 'a' then 'NO ACTION' when 'r' then 'RESTRICT' when 'c' then 'CASCADE'
           when 'n' then 'SET NULL' when 'd' then 'SET DEFAULT' else f.confupdtype::text
       end as on_update,
       case when f.condeferred then 'deferred' when f.condeferrable then 'immediate' else 'no' end as deferral,
       f.validated, f.confmatchtype = 'f' as match_full,
       case when f.carried then cn.nspname end as carrier_schema, case when f.carried then c.relname end as carrier
from fkey f
cross join lateral unnest(f.conkey, f.confkey) with ordinality as pair(child, parent, ordinal)
join pg_class c on c.oid = f.conrelid
join pg_namespace cn on cn.oid = c.relnamespace
join pg_class p on p.oid = f.parent
join pg_namespace pn on pn.oid = p.relnamespace
join pg_attribute ca on ca.attrelid = f.conrelid and ca.attnum = pair.child
join pg_attribute pa on pa.attrelid = f.confrelid and pa.attnum = pair.parent
where not (f.period and pair.ordinal = array_length(f.conkey, 1))
order by f.schema, f.name, f.conname, f.oid, pair.ordinal
