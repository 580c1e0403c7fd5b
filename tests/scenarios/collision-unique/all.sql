-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY, email varchar(80) UNIQUE);
-- @data
INSERT INTO clients VALUES (42, 'ada@example.com'), (7, 'bob@example.com');
-- @target
INSERT INTO clients VALUES (8, 'ada@example.com');
