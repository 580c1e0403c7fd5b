-- Triggers that users made: not those of foreign keys, not the copies on partitions. One that is on partitions only is
-- the root's, and the same on several of them is one. Only the definition prints a condition on both OLD and NEW.
select distinct s.schema, s.name, t.tgname,
       case when t.tgtype & 64 <> 0 then 'INSTEAD OF' when t.tgtype & 2 <> 0 then 'BEFORE' else 'AFTER' end as timing,
       concat_ws(',',
           case when t.tgtype & 4 <> 0 then 'INSERT' end,
           case when t.tgtype & 16 <> 0 then 'UPDATE' end,
           case when t.tgtype & 8 <> 0 then 'DELETE' end,
           case when t.tgtype & 32 <> 0 then 'TRUNCATE' end) as events,
       t.tgtype & 1 <> 0 as per_row, t.tgenabled,
       quote_ident(pn.nspname) || '.' || quote_ident(p.proname) as function, l.lanname,
       case when t.tgqual is not null then substring(
           pg_get_triggerdef(t.oid)
           from 'FOR EACH (?:ROW|STATEMENT) WHEN \((.*)\) EXECUTE (?:FUNCTION|PROCEDURE) ') end as condition,
       coalesce(nullif(p.prosrc, ''), pg_get_functiondef(p.oid)) as body
from scope s
join pg_trigger t on t.tgrelid = s.oid and not t.tgisinternal and t.tgparentid = 0
join pg_proc p on p.oid = t.tgfoid
join pg_namespace pn on pn.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
order by 1, 2, 3
