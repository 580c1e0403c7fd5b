-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY, name varchar(20));
-- @data
INSERT INTO clients VALUES (42, 'a'), (7, 'b');
-- @target
INSERT INTO clients VALUES (42, 'old');
