-- @schema
CREATE TABLE clients (id integer PRIMARY KEY, name text, upper_name text AS (upper(name)) STORED);
CREATE TABLE orders (id integer PRIMARY KEY, doubled int AS (n * 2) VIRTUAL, n int NOT NULL, client_id bigint NOT NULL REFERENCES clients (id));
-- @data
INSERT INTO clients (id, name) VALUES (42, 'ada'), (7, 'bob');
INSERT INTO orders (id, n, client_id) VALUES (1, 10, 42), (2, 20, 42), (3, 30, 7);
