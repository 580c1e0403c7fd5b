-- @schema
CREATE TABLE clients (id bytea NOT NULL PRIMARY KEY, name varchar(40));
CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, client_id bytea NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
-- @data
INSERT INTO clients VALUES ('\x6f1c7a3411d24d709a9e0242ac120002'::bytea, 'mine'), ('\x6f1c7a3411d24d709a9e0242ac120003'::bytea, 'other'), ('\x00000000000000000000000000000000'::bytea, 'third');
INSERT INTO orders VALUES (1, '\x6f1c7a3411d24d709a9e0242ac120002'::bytea), (2, '\x6f1c7a3411d24d709a9e0242ac120002'::bytea), (3, '\x6f1c7a3411d24d709a9e0242ac120003'::bytea), (4, '\x00000000000000000000000000000000'::bytea);
