-- @schema
CREATE TABLE clients (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
CREATE TABLE orders (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, doubled integer GENERATED ALWAYS AS (n * 2) STORED,
    n integer NOT NULL, client_id bigint NOT NULL REFERENCES clients
);
-- @data
INSERT INTO clients (id, name) OVERRIDING SYSTEM VALUE VALUES (42, 'ada'), (7, 'bob');
INSERT INTO orders (id, n, client_id) OVERRIDING SYSTEM VALUE VALUES (1, 10, 42), (2, 20, 42), (3, 30, 7);
