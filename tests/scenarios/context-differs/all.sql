-- @schema
CREATE TABLE cities (id bigint NOT NULL PRIMARY KEY, name varchar(20));
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY, city_id bigint NOT NULL, FOREIGN KEY (city_id) REFERENCES cities (id));
-- @data
INSERT INTO cities VALUES (1, 'Riga'), (2, 'Bergen');
INSERT INTO clients VALUES (42, 1), (7, 2);
-- @target
INSERT INTO cities VALUES (1, 'riga'), (2, 'Bergen');
