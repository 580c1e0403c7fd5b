-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE albums (
    id bigint NOT NULL PRIMARY KEY, client_id bigint, template_id bigint,
    FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (template_id) REFERENCES albums (id)
);
-- @context
INSERT INTO albums VALUES (1, NULL, NULL);
INSERT INTO albums VALUES (2, NULL, 1);
-- @data
INSERT INTO clients VALUES (42), (7);
INSERT INTO albums VALUES (10, 42, 2), (11, 7, 2), (12, 42, 10);
