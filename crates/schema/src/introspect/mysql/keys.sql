-- A key on the first characters of a column is not unique for the column. MySQL calls an index that it does not search
-- not visible, MariaDB ignored: each reads only the comment that is meant for it.
select {schema:TABLE_SCHEMA}, TABLE_NAME, INDEX_NAME,
       case when INDEX_NAME = 'PRIMARY' then 'primary' when NON_UNIQUE = 0 then 'unique' else 'plain' end as role,
       SEQ_IN_INDEX, COLUMN_NAME, SUB_PART is null as total,
       SUB_PART is null and INDEX_TYPE in ('BTREE', 'HASH')
           /*!80000 and IS_VISIBLE = 'YES' */ /*M!100600 and IGNORED = 'NO' */ as searchable
from information_schema.STATISTICS
where {where:TABLE_SCHEMA}
order by TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX
