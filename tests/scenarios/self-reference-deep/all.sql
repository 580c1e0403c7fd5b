-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE albums (
    id bigint NOT NULL PRIMARY KEY, client_id bigint, parent_id bigint,
    FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (parent_id) REFERENCES albums (id)
);
-- Without it PostgreSQL reads the table once for each step of the chain.
CREATE INDEX albums_parent ON albums (parent_id);
-- @data
INSERT INTO clients VALUES (42), (7);
INSERT INTO albums VALUES (1, 42, NULL);
INSERT INTO albums SELECT id + 1, NULL, id + 0 FROM albums WHERE id <= 1 ORDER BY id;
INSERT INTO albums SELECT id + 2, NULL, id + 1 FROM albums WHERE id <= 2 ORDER BY id;
INSERT INTO albums SELECT id + 4, NULL, id + 3 FROM albums WHERE id <= 4 ORDER BY id;
INSERT INTO albums SELECT id + 8, NULL, id + 7 FROM albums WHERE id <= 8 ORDER BY id;
INSERT INTO albums SELECT id + 16, NULL, id + 15 FROM albums WHERE id <= 16 ORDER BY id;
INSERT INTO albums SELECT id + 32, NULL, id + 31 FROM albums WHERE id <= 32 ORDER BY id;
INSERT INTO albums SELECT id + 64, NULL, id + 63 FROM albums WHERE id <= 64 ORDER BY id;
INSERT INTO albums SELECT id + 128, NULL, id + 127 FROM albums WHERE id <= 128 ORDER BY id;
INSERT INTO albums SELECT id + 256, NULL, id + 255 FROM albums WHERE id <= 256 ORDER BY id;
INSERT INTO albums SELECT id + 512, NULL, id + 511 FROM albums WHERE id <= 512 ORDER BY id;
INSERT INTO albums SELECT id + 1024, NULL, id + 1023 FROM albums WHERE id <= 1024 ORDER BY id;
INSERT INTO albums VALUES (9003, 42, NULL);
INSERT INTO albums VALUES (9002, NULL, 9003);
INSERT INTO albums VALUES (9001, NULL, 9002);
INSERT INTO albums VALUES (9101, 7, NULL);
INSERT INTO albums VALUES (9102, NULL, 9101);
INSERT INTO albums VALUES (9201, NULL, NULL);
