-- Functions and procedures that users made, in whatever schema: a trigger may call any of them. Trigger functions can't be
-- called. What an extension brought is left out, as its tables are. The text of an SQL-standard body is in the definition only.
select n.nspname, p.proname, l.lanname, coalesce(nullif(p.prosrc, ''), pg_get_functiondef(p.oid)) as body
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and p.prokind in ('f', 'p')
  and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
  and not exists (
      select from pg_depend d
      where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
order by 1, 2, p.oid
