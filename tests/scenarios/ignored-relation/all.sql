-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE cities (
    id bigint NOT NULL PRIMARY KEY, mayor_id bigint, name varchar(40), FOREIGN KEY (mayor_id) REFERENCES clients (id)
);
CREATE TABLE orders (
    id bigint NOT NULL PRIMARY KEY, client_id bigint NOT NULL, city_id bigint NOT NULL,
    FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (city_id) REFERENCES cities (id)
);
-- @context
INSERT INTO clients VALUES (7);
INSERT INTO cities VALUES (1, 7, 'Riga'), (2, NULL, 'Bergen');
-- @data
INSERT INTO clients VALUES (42);
INSERT INTO orders VALUES (1, 42, 1), (2, 42, 2), (3, 7, 1);
