-- A constraint belongs to the database of its table. Its name alone does not tell it: MariaDB 12.1 keeps names per table.
select {schema:CONSTRAINT_SCHEMA}, TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE
from information_schema.REFERENTIAL_CONSTRAINTS
where {where:CONSTRAINT_SCHEMA}
