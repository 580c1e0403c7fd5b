-- @data
UPDATE cities SET mayor_id = 42 WHERE id = 2;
