-- @schema
CREATE TABLE clients (id int NOT NULL PRIMARY KEY, name varchar(40));
CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, client_id int NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
-- @data
INSERT INTO clients VALUES (-5, 'mine'), (5, 'other'), (0, 'third');
INSERT INTO orders VALUES (1, -5), (2, -5), (3, 5), (4, 0);
