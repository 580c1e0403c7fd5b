-- The first number of an entry is the number of rows; an index on part of the rows counts its own only.
select '' as schema, tbl, max(cast(stat as integer)) as estimated_rows
from sqlite_stat1
group by tbl
order by tbl
