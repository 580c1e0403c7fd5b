-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY, name varchar(40));
CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, client_id bigint NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
-- @data
INSERT INTO clients VALUES (0, 'mine'), (1, 'other'), (-1, 'third');
INSERT INTO orders VALUES (1, 0), (2, 0), (3, 1), (4, -1);
