-- MySQL's EXTRA may also say DEFAULT_GENERATED, which is about the default.
select {schema:TABLE_SCHEMA}, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, IS_NULLABLE, COLUMN_DEFAULT,
       case when EXTRA like '%auto_increment%' then 'auto-increment' end as generator,
       case when EXTRA like '%STORED GENERATED%' then 'stored' when EXTRA like '%VIRTUAL GENERATED%' then 'virtual' end
           as generated_as,
       GENERATION_EXPRESSION, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA like '%INVISIBLE%' as invisible,
       0 as text_only, COLUMN_COMMENT
from information_schema.COLUMNS
where {where:TABLE_SCHEMA}
order by TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION
