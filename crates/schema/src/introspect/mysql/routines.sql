-- The body is NULL for users who may run a routine and not see it. MariaDB's packages are left out: what they hold is
-- called by two names of its own, which then lead nowhere.
select {schema:ROUTINE_SCHEMA}, ROUTINE_NAME,
       case when ROUTINE_BODY <> 'SQL' then lower(coalesce(EXTERNAL_LANGUAGE, 'another language')) end as language,
       ROUTINE_DEFINITION
from information_schema.ROUTINES
where {where:ROUTINE_SCHEMA}
  and ROUTINE_TYPE in ('FUNCTION', 'PROCEDURE')
order by ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE
