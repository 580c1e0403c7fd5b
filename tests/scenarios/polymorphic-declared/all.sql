-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE posts (id bigint NOT NULL PRIMARY KEY, client_id bigint NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
CREATE TABLE photos (id bigint NOT NULL PRIMARY KEY, client_id bigint NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
CREATE TABLE places (id bigint NOT NULL PRIMARY KEY, name varchar(40) NOT NULL);
CREATE TABLE comments (
    id bigint NOT NULL PRIMARY KEY, subject_type varchar(20) NOT NULL, subject_id bigint NOT NULL,
    at_type integer, at_id bigint, body varchar(40)
);
CREATE INDEX comments_subject ON comments (subject_type, subject_id);
CREATE TABLE reactions (
    id bigint NOT NULL PRIMARY KEY, comment_id bigint NOT NULL, body varchar(40),
    FOREIGN KEY (comment_id) REFERENCES comments (id)
);
-- @context
INSERT INTO places VALUES (1, 'here');
-- @data
INSERT INTO clients VALUES (42), (7);
INSERT INTO posts VALUES (1, 42), (2, 7);
INSERT INTO photos VALUES (1, 7), (2, 42);
INSERT INTO comments VALUES
    (1, 'Post', 1, 3, 1, 'of 42'), (2, 'Post', 2, 3, 1, 'of 7'),
    (3, 'Photo', 1, NULL, NULL, 'of 7'), (4, 'Photo', 2, 4, 99, 'of 42'),
    (5, 'Image', 2, NULL, 1, 'of 42'), (6, 'Image', 1, NULL, NULL, 'of 7'),
    (7, 'Comment', 1, NULL, NULL, 'of 42'), (8, 'Comment', 7, 3, NULL, 'of 42'),
    (9, 'Comment', 2, NULL, NULL, 'of 7'), (10, 'Advert', 1, NULL, NULL, 'of none'),
    (11, 'Advert', 42, NULL, NULL, 'of none'), (12, 'Comment', 11, NULL, NULL, 'of none'),
    (13, 'Post', 99, NULL, NULL, 'of a post that is gone');
INSERT INTO reactions VALUES
    (1, 1, 'of 42'), (2, 2, 'of 7'), (3, 8, 'of 42'), (4, 10, 'of none'), (5, 4, 'of 42'), (6, 12, 'of none');
