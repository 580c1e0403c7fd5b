-- @schema
CREATE TABLE clients (id char(36) NOT NULL PRIMARY KEY, name varchar(40));
CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, client_id char(36) NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
-- @data
INSERT INTO clients VALUES ('6f1c7a34-11d2-4d70-9a9e-0242ac120002', 'mine'), ('6f1c7a34-11d2-4d70-9a9e-0242ac120003', 'other'), ('00000000-0000-0000-0000-000000000000', 'third');
INSERT INTO orders VALUES (1, '6f1c7a34-11d2-4d70-9a9e-0242ac120002'), (2, '6f1c7a34-11d2-4d70-9a9e-0242ac120002'), (3, '6f1c7a34-11d2-4d70-9a9e-0242ac120003'), (4, '00000000-0000-0000-0000-000000000000');
