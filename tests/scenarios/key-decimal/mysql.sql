-- @schema
CREATE TABLE clients (id decimal(12,2) NOT NULL PRIMARY KEY, name varchar(40));
CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, client_id decimal(12,2) NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
-- @data
INSERT INTO clients VALUES (7.50, 'mine'), (7.05, 'other'), (750, 'third');
INSERT INTO orders VALUES (1, 7.50), (2, 7.50), (3, 7.05), (4, 750);
