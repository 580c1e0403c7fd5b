-- What the model has no place for.
select format('partition %s.%s of %s.%s is a foreign table: its rows are on another server',
              n.nspname, c.relname, s.schema, s.name)
from scope s
join pg_class c on c.oid = s.oid
join pg_namespace n on n.oid = c.relnamespace
where s.relkind = 'f'
union all
select format('%s.%s has a rule, `%s`, that rewrites what is written to it', s.schema, s.name, r.rulename)
from scope s
join pg_rewrite r on r.ev_class = s.oid and r.ev_type <> '1' and r.ev_enabled <> 'D'
union all
select format('foreign key `%s` of %s.%s is over periods; it is read without its period', k.conname, s.schema, s.name)
from scope s
join pg_constraint k on k.conrelid = s.oid and k.contype = 'f' and k.conparentid = 0
where (to_jsonb(k) ->> 'conperiod')::boolean
