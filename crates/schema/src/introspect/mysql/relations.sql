-- The actions are in a table of their own (actions.sql).
select {schema:TABLE_SCHEMA}, TABLE_NAME, CONSTRAINT_NAME as id, CONSTRAINT_NAME, ORDINAL_POSITION,
       {schema:REFERENCED_TABLE_SCHEMA}, REFERENCED_TABLE_NAME, COLUMN_NAME, REFERENCED_COLUMN_NAME,
       'NO ACTION' as on_delete, 'NO ACTION' as on_update, 'no' as deferral, 1 as validated, 0 as match_full,
       null as carrier_schema, null as carrier
from information_schema.KEY_COLUMN_USAGE
where {where:TABLE_SCHEMA}
  and REFERENCED_TABLE_NAME is not null
order by TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION
