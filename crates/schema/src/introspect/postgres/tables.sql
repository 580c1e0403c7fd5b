-- Rows and bytes are summed over partitions. Before version 14 a table that was never analysed has 0 rows, not -1.
select s.schema, s.name, null as storage_engine, bool_or(c.relrowsecurity and c.oid = s.root) as row_security,
       sum(c.reltuples::numeric) filter (
           where c.reltuples >= 0
             and c.relkind <> 'p'
             and (c.relpages > 0 or current_setting('server_version_num')::int >= 140000))::bigint as estimated_rows,
       sum(pg_table_size(c.oid))::bigint as bytes,
       max(obj_description(c.oid, 'pg_class')) filter (where c.oid = s.root) as comment
from scope s
join pg_class c on c.oid = s.oid
group by s.schema, s.name
order by s.schema, s.name
