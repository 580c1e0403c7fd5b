-- The types that columns are of, and the types that these are made of. An array's is its element; a table's row type
-- comes with the table. What an extension brought is asked for in needed.sql.
, step (oid, below) as (
    select a.atttypid, null::oid
    from made m
    join pg_attribute a on a.attrelid = m.oid and a.attnum > 0 and not a.attisdropped
    union
    select x.oid, x.below
    from step s
    join pg_type t on t.oid = s.oid
    cross join lateral (
        select t.typelem, s.below where t.typtype = 'b' and t.typcategory = 'A'
        union all
        select t.typbasetype, t.oid where t.typtype = 'd'
        union all
        select a.atttypid, t.oid
        from pg_attribute a
        where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
        union all
        select r.rngsubtype, t.oid from pg_range r where r.rngtypid = t.oid
        union all
        select r.rngtypid, s.below from pg_range r where r.rngmultitypid = t.oid
    ) x (oid, below)
), needed as (
    select s.oid, array_agg(distinct s.below) as below
    from step s
    group by s.oid
)
select t.oid::text as id, n.nspname, t.typname, t.typtype,
       (select string_agg(b::text, ',' order by b) from unnest(x.below) b) as below,
       case t.typtype
           when 'e' then format('AS ENUM (%s)', (
               select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
               from pg_enum e where e.enumtypid = t.oid))
           when 'd' then concat('AS ', format_type(t.typbasetype, t.typtypmod),
               case
                   when t.typcollation not in (0, b.typcollation) then (
                       select format(' COLLATE %I.%I', cn.nspname, cl.collname)
                       from pg_collation cl join pg_namespace cn on cn.oid = cl.collnamespace
                       where cl.oid = t.typcollation)
               end,
               ' DEFAULT ' || coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault),
               (select string_agg(format(' CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), '' order by k.conname)
                from pg_constraint k where k.contypid = t.oid and k.contype in ('c', 'n') and k.convalidated),
               case
                   when t.typnotnull and not exists (
                       select from pg_constraint k where k.contypid = t.oid and k.contype = 'n') then ' NOT NULL'
               end)
           when 'c' then format('AS (%s)', (
               select string_agg(
                   format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) || coalesce((
                       select format(' COLLATE %I.%I', cn.nspname, cl.collname)
                       from pg_collation cl
                       join pg_namespace cn on cn.oid = cl.collnamespace
                       join pg_type y on y.oid = a.atttypid
                       where cl.oid = a.attcollation and a.attcollation not in (0, y.typcollation)), ''),
                   ', ' order by a.attnum)
               from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped))
           when 'r' then (
               select format('AS RANGE (SUBTYPE = %s%s%s%s%s)', format_type(r.rngsubtype, null),
                   (select format(', SUBTYPE_OPCLASS = %I.%I', o.nspname, p.opcname)
                    from pg_opclass p join pg_namespace o on o.oid = p.opcnamespace
                    where p.oid = r.rngsubopc and not p.opcdefault),
                   (select format(', COLLATION = %I.%I', cn.nspname, cl.collname)
                    from pg_collation cl join pg_namespace cn on cn.oid = cl.collnamespace
                    where cl.oid = r.rngcollation),
                   case when r.rngsubdiff::oid <> 0 then format(', SUBTYPE_DIFF = %s', r.rngsubdiff) end,
                   (select format(', MULTIRANGE_TYPE_NAME = %I.%I', mn.nspname, mt.typname)
                    from pg_type mt join pg_namespace mn on mn.oid = mt.typnamespace
                    where mt.oid = r.rngmultitypid))
               from pg_range r where r.rngtypid = t.oid and r.rngcanonical::oid = 0)
       end as definition,
       exists (select from pg_constraint k where k.contypid = t.oid and not k.convalidated) as partly,
       obj_description(t.oid, 'pg_type') as comment
from needed x
join pg_type t on t.oid = x.oid
join pg_namespace n on n.oid = t.typnamespace
left join pg_type b on b.oid = t.typbasetype
left join pg_class c on c.oid = t.typrelid
where t.oid >= 16384
  and not (t.typtype = 'b' and t.typcategory = 'A') and t.typtype <> 'm'
  and (t.typtype <> 'c' or c.relkind = 'c')
  and not exists (
      select from pg_depend d
      where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
order by n.nspname, t.typname
