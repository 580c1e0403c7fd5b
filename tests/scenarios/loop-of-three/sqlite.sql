-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE a (id bigint NOT NULL PRIMARY KEY, client_id bigint REFERENCES clients (id), c_id bigint REFERENCES c (id));
CREATE TABLE b (id bigint NOT NULL PRIMARY KEY, a_id bigint REFERENCES a (id));
CREATE TABLE c (id bigint NOT NULL PRIMARY KEY, b_id bigint REFERENCES b (id));
CREATE TABLE leaves (c_id bigint NOT NULL REFERENCES c (id), name varchar(9));
-- @data
INSERT INTO clients VALUES (42), (7);
INSERT INTO a VALUES (1, 42, NULL), (2, 7, NULL), (3, NULL, NULL), (4, NULL, NULL);
INSERT INTO b VALUES (1, 1), (2, 2), (3, 3), (4, 4);
INSERT INTO c VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO leaves VALUES (1, 'x'), (1, 'x'), (2, 'x'), (3, 'x');
UPDATE a SET c_id = 1 WHERE id = 4;
UPDATE a SET c_id = 3 WHERE id = 3;
UPDATE a SET c_id = 2 WHERE id = 2;
