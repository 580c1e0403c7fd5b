-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE a (id bigint NOT NULL PRIMARY KEY, client_id bigint, c_id bigint, FOREIGN KEY (client_id) REFERENCES clients (id));
CREATE TABLE b (id bigint NOT NULL PRIMARY KEY, a_id bigint, FOREIGN KEY (a_id) REFERENCES a (id));
CREATE TABLE c (id bigint NOT NULL PRIMARY KEY, b_id bigint, FOREIGN KEY (b_id) REFERENCES b (id));
ALTER TABLE a ADD FOREIGN KEY (c_id) REFERENCES c (id);
CREATE TABLE leaves (c_id bigint NOT NULL, name varchar(9), FOREIGN KEY (c_id) REFERENCES c (id));
-- @data
INSERT INTO clients VALUES (42), (7);
INSERT INTO a VALUES (1, 42, NULL), (2, 7, NULL), (3, NULL, NULL), (4, NULL, NULL);
INSERT INTO b VALUES (1, 1), (2, 2), (3, 3), (4, 4);
INSERT INTO c VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO leaves VALUES (1, 'x'), (1, 'x'), (2, 'x'), (3, 'x');
UPDATE a SET c_id = 1 WHERE id = 4;
UPDATE a SET c_id = 3 WHERE id = 3;
UPDATE a SET c_id = 2 WHERE id = 2;
