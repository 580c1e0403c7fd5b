-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE nodes (
    id bigint NOT NULL PRIMARY KEY, client_id bigint, next_id bigint, name varchar(20),
    FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (next_id) REFERENCES nodes (id)
);
-- @data
INSERT INTO clients VALUES (42), (7);
INSERT INTO nodes VALUES (1, 42, NULL, 'a'), (2, NULL, 1, 'b'), (3, NULL, 2, 'c'), (4, 42, 4, 'me'), (5, 7, NULL, 'x'), (6, NULL, 5, 'y');
UPDATE nodes SET next_id = 3 WHERE id = 1;
UPDATE nodes SET next_id = 6 WHERE id = 5;
