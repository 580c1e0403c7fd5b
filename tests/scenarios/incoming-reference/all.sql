-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY, referred_by bigint, FOREIGN KEY (referred_by) REFERENCES clients (id));
-- @data
INSERT INTO clients VALUES (42, NULL);
INSERT INTO clients VALUES (7, 42);
