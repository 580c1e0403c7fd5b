-- Sequences of identity columns, those that belong to a column, and those that a default draws from and nobody owns.
, drawn as (
    select m.oid as relation, d.objid as sequence, d.refobjsubid as attnum, d.deptype = 'i' as identity, true as owned
    from made m
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = m.oid and d.refobjsubid > 0
        and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
    join pg_sequence s on s.seqrelid = d.objid
    where m.depth = 0
    union
    select null::oid, d.refobjid, null::int, false, false
    from made m
    join pg_attrdef f on f.adrelid = m.oid
    join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid and d.refclassid = 'pg_class'::regclass
    join pg_sequence s on s.seqrelid = d.refobjid
    where m.depth = 0
      and not exists (
          select from pg_depend o
          join made x on x.oid = o.refobjid and x.depth = 0
          where o.classid = 'pg_class'::regclass and o.objid = s.seqrelid and o.deptype in ('a', 'i')
            and o.refclassid = 'pg_class'::regclass)
)
select n.nspname, c.relname, m.schema, m.name, quote_ident(a.attname), d.identity, d.owned,
       format_type(s.seqtypid, null),
       format('START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s', s.seqstart, s.seqincrement,
              s.seqmin, s.seqmax, s.seqcache, case when s.seqcycle then ' CYCLE' else '' end) as options
from drawn d
join pg_sequence s on s.seqrelid = d.sequence
join pg_class c on c.oid = s.seqrelid
join pg_namespace n on n.oid = c.relnamespace
left join made m on m.oid = d.relation
left join pg_attribute a on a.attrelid = d.relation and a.attnum = d.attnum
order by 1, 2
