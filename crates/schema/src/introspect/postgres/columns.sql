-- A column's type is followed through domains to the base type, because a domain travels as its base type does.
-- Only types with an id below 10000 have the same id in every database.
, recursive_domain as materialized (
    with recursive step as (
        select t.oid, t.typbasetype as base, t.typnotnull as not_null
        from pg_type t
        where t.typtype = 'd'
        union all
        select step.oid, t.typbasetype, step.not_null or t.typnotnull
        from step
        join pg_type t on t.oid = step.base and t.typtype = 'd'
    )
    select step.oid, bool_or(step.not_null) as not_null,
           max(b.oid::bigint) filter (where b.typtype <> 'd')::oid as base
    from step
    join pg_type b on b.oid = step.base
    group by step.oid
), unproved as materialized (
    -- NOT NULL that is not valid yet (version 18) promises nothing about the rows that are there.
    select k.conrelid, k.conkey[1] as attnum
    from pg_constraint k
    where k.contype = 'n' and not k.convalidated
)
select s.schema, s.name, a.attname, format_type(a.atttypid, a.atttypmod) as native_type,
       case
           when b.typcategory = 'A' then 'array'
           when b.typtype = 'e' then 'enum'
           when b.typtype = 'b' then b.typname::text
           else 'other'
       end as kind,
       not (coalesce(d.not_null, false)
            or (a.attnotnull and not exists (
                select from unproved u where u.conrelid = a.attrelid and u.attnum = a.attnum))) as nullable,
       pg_get_expr(f.adbin, f.adrelid) as "default",
       case
           when a.attidentity = 'a' then 'always'
           when a.attidentity = 'd' then 'by-default'
           when a.attgenerated = '' and pg_get_expr(f.adbin, f.adrelid) like '%nextval(%' then 'sequence'
       end as generator,
       case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end as generated,
       case when a.attgenerated <> '' then pg_get_expr(f.adbin, f.adrelid) end as expression,
       -- Everywhere else the server has seen to it that text is text.
       case
           when b.typcollation <> 0 and b.typcategory = 'S' and current_setting('server_encoding') = 'SQL_ASCII'
               then 'sql_ascii'
       end as charset,
       case
           when a.attcollation not in (0, b.typcollation)
               then case when cn.nspname = 'pg_catalog' then '' else quote_ident(cn.nspname) || '.' end
                    || quote_ident(cl.collname)
       end as collation,
       false as invisible,
       b.typtype = 'c'
           or b.typsend = 0
           or b.typreceive = 0
           or (b.typtype in ('r', 'm') and b.oid >= 10000)
           or (b.typcategory = 'A' and (b.typelem >= 10000 or e.typname like 'reg%' or e.typsend = 0 or e.typreceive = 0))
           or (b.oid < 10000 and b.typname like 'reg%')
           -- The server does not read back the binary form of an empty one; that of XML is without its declaration.
           or (b.oid < 10000 and b.typname in ('int2vector', 'oidvector', 'tsquery', 'xml'))
           or (b.typcategory = 'A' and b.typelem < 10000 and e.typname in ('int2vector', 'oidvector', 'tsquery', 'xml'))
               as text_only,
       col_description(a.attrelid, a.attnum) as comment
from scope s
join pg_attribute a on a.attrelid = s.oid and a.attnum > 0 and not a.attisdropped
left join recursive_domain d on d.oid = a.atttypid
join pg_type b on b.oid = coalesce(d.base, a.atttypid)
left join pg_type e on e.oid = b.typelem
left join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
left join pg_collation cl on cl.oid = a.attcollation
left join pg_namespace cn on cn.oid = cl.collnamespace
where s.oid = s.root
order by s.schema, s.name, a.attnum
