-- One row for each key column of each index. Columns that are only INCLUDEd are no part of the key. An index on part of
-- the rows helps every search if that part is "its first column is not null".
, idx as materialized (
    select s.schema, s.name, i.indexrelid, i.indrelid, i.indkey, i.indnkeyatts,
           i.indisprimary, i.indisunique, i.indpred is null as whole,
           i.indisvalid and i.indisready and i.indislive as in_force,
           pg_get_expr(i.indpred, i.indrelid) as predicate
    from scope s
    join pg_index i on i.indrelid = s.oid and i.indislive
    where s.oid = s.root
)
select idx.schema, idx.name, c.relname,
       case when idx.indisprimary then 'primary' when idx.indisunique then 'unique' else 'plain' end as role,
       k.ordinal, a.attname, idx.whole and idx.in_force as total,
       idx.in_force and (idx.whole or coalesce(idx.predicate = '(' || quote_ident(lead.attname) || ' IS NOT NULL)', false)) as searchable
from idx
join pg_class c on c.oid = idx.indexrelid
cross join lateral unnest(idx.indkey::int2[]) with ordinality as k(attnum, ordinal)
left join pg_attribute a on a.attrelid = idx.indrelid and a.attnum = k.attnum and k.attnum > 0
left join pg_attribute lead on lead.attrelid = idx.indrelid and lead.attnum = idx.indkey[0] and idx.indkey[0] > 0
where k.ordinal <= idx.indnkeyatts
order by idx.schema, idx.name, c.relname, k.ordinal
