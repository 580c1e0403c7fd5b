-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, client_id bigint NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
-- @data
INSERT INTO clients VALUES (42), (7);
INSERT INTO orders VALUES (1, 42), (2, 7);
-- @target
INSERT INTO clients VALUES (8);
INSERT INTO orders VALUES (1, 8);
