-- All of the database: a column's type may be in a schema that is not read.
select format_type(t.oid, null), e.enumlabel
from pg_enum e
join pg_type t on t.oid = e.enumtypid
order by e.enumtypid, e.enumsortorder
