select distinct {schema:TABLE_SCHEMA} as table_db, TABLE_NAME, '' as partition_schema, PARTITION_NAME,
       {schema:TABLE_SCHEMA} as parent_schema, TABLE_NAME as parent, 1 as leaf
from information_schema.PARTITIONS
where {where:TABLE_SCHEMA}
  and PARTITION_NAME is not null
order by table_db, TABLE_NAME, PARTITION_NAME
