-- What the tables, their types, defaults, constraints and indexes are built on and what is not made with them: functions,
-- operators, collations, types that an extension brought. Named so that another database knows them by the same name.
, step (oid) as (
    select a.atttypid
    from made m
    join pg_attribute a on a.attrelid = m.oid and a.attnum > 0 and not a.attisdropped
    union
    select x.oid
    from step s
    join pg_type t on t.oid = s.oid
    cross join lateral (
        select t.typelem where t.typtype = 'b' and t.typcategory = 'A'
        union all
        select t.typbasetype where t.typtype = 'd'
        union all
        select a.atttypid from pg_attribute a
        where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
        union all
        select r.rngsubtype from pg_range r where r.rngtypid = t.oid
        union all
        select r.rngtypid from pg_range r where r.rngmultitypid = t.oid
    ) x (oid)
), own as (
    -- An extension's type stands for all that it is made of.
    select t.oid, t.typrelid
    from step s
    join pg_type t on t.oid = s.oid
    where not exists (
        select from pg_depend d
        where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
), part (classid, objid, schema, name) as (
    select 'pg_class'::regclass::oid, m.oid, m.schema, m.name from made m
    union all
    select 'pg_attrdef'::regclass, f.oid, m.schema, m.name from made m join pg_attrdef f on f.adrelid = m.oid
    union all
    select 'pg_constraint'::regclass, k.oid, m.schema, m.name from made m join pg_constraint k on k.conrelid = m.oid
    union all
    select 'pg_class'::regclass, i.indexrelid, m.schema, m.name from made m join pg_index i on i.indrelid = m.oid
    union all
    select 'pg_type'::regclass, o.oid, null, null from own o
    union all
    select 'pg_class'::regclass, o.typrelid, null, null from own o where o.typrelid <> 0
    union all
    select 'pg_constraint'::regclass, k.oid, null, null from own o join pg_constraint k on k.contypid = o.oid
)
select distinct i.type, i.identity, p.schema, p.name, e.extname
from part p
join pg_depend d on d.classid = p.classid and d.objid = p.objid and d.refobjid >= 16384
    and d.deptype in ('n', 'a', 'i')
    and d.refclassid in ('pg_proc'::regclass, 'pg_opclass'::regclass, 'pg_operator'::regclass,
                         'pg_collation'::regclass, 'pg_ts_config'::regclass, 'pg_type'::regclass)
left join pg_type t on d.refclassid = 'pg_type'::regclass and t.oid = d.refobjid
left join pg_type elem on elem.oid = t.typelem and t.typtype = 'b' and t.typcategory = 'A'
cross join lateral pg_identify_object(d.refclassid, coalesce(elem.oid, d.refobjid), 0) i
left join pg_depend x on x.classid = d.refclassid and x.objid = coalesce(elem.oid, d.refobjid) and x.deptype = 'e'
    and x.refclassid = 'pg_extension'::regclass
left join pg_extension e on e.oid = x.refobjid
-- Types that are made here are no matter; types made of nothing else are.
where (t.oid is null or e.oid is not null or coalesce(elem.typtype, t.typtype) in ('b', 'c')
       or coalesce(elem.typtype, t.typtype) = 'r' and exists (
           select from pg_range r where r.rngtypid = coalesce(elem.oid, t.oid) and r.rngcanonical::oid <> 0))
  and not exists (
      -- A composite type of its own is made; a table's row type comes with the table.
      select from pg_class c
      where c.oid = coalesce(elem.typrelid, t.typrelid) and c.relkind = 'c' and e.oid is null)
order by 1, 2, 3, 4
