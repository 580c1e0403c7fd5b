-- What a database has that was not there when it was made: schemas, relations and types by their names, schema first,
-- and all that others can be built on by the names that needed.sql uses.
select 'schema' as type, n.nspname::text as identity from pg_namespace n
union all
select 'own type', n.nspname || chr(1) || t.typname
from pg_type t join pg_namespace n on n.oid = t.typnamespace
where t.oid >= 16384 and not (t.typtype = 'b' and t.typcategory = 'A')
union all
select 'relation', n.nspname || chr(1) || c.relname
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.oid >= 16384 and c.relpersistence <> 't' and c.relkind <> 'c'
union all
select i.type, i.identity from pg_type t, pg_identify_object('pg_type'::regclass, t.oid, 0) i
where t.oid >= 16384 and not (t.typtype = 'b' and t.typcategory = 'A')
union all
select i.type, i.identity from pg_proc p, pg_identify_object('pg_proc'::regclass, p.oid, 0) i where p.oid >= 16384
union all
select i.type, i.identity from pg_opclass o, pg_identify_object('pg_opclass'::regclass, o.oid, 0) i where o.oid >= 16384
union all
select i.type, i.identity from pg_operator o, pg_identify_object('pg_operator'::regclass, o.oid, 0) i where o.oid >= 16384
union all
select i.type, i.identity from pg_collation c, pg_identify_object('pg_collation'::regclass, c.oid, 0) i where c.oid >= 16384
union all
select i.type, i.identity from pg_ts_config c, pg_identify_object('pg_ts_config'::regclass, c.oid, 0) i where c.oid >= 16384
