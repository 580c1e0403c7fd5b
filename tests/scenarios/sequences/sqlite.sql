-- @schema
CREATE TABLE clients (id integer PRIMARY KEY AUTOINCREMENT);
CREATE TABLE orders (id integer PRIMARY KEY AUTOINCREMENT, client_id integer NOT NULL REFERENCES clients (id));
-- @data
INSERT INTO clients VALUES (42), (7);
INSERT INTO orders VALUES (1, 42), (1000, 42), (5, 7);
