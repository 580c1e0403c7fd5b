-- MariaDB 12 allows one trigger for several events.
select {schema:EVENT_OBJECT_SCHEMA}, EVENT_OBJECT_TABLE, TRIGGER_NAME, ACTION_TIMING,
       replace(EVENT_MANIPULATION, ' OR ', ',') as events, ACTION_ORIENTATION = 'ROW' as per_row, 'O' as enabled,
       null as called, null as language, null as condition_text, ACTION_STATEMENT
from information_schema.TRIGGERS
where {where:TRIGGER_SCHEMA}
order by EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME
