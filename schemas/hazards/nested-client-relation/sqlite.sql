-- nested-client-relation: Bob comments on Ada's post. Whose comment is it?

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email VARCHAR(120) NOT NULL UNIQUE
);

CREATE TABLE posts (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    content   TEXT NOT NULL
);

CREATE INDEX posts_client ON posts (client_id);

CREATE TABLE comments (
    id        INTEGER PRIMARY KEY,
    post_id   INTEGER NOT NULL REFERENCES posts (id),
    author_id INTEGER NOT NULL REFERENCES clients (id),
    content   TEXT NOT NULL
);

CREATE INDEX comments_post ON comments (post_id);

CREATE INDEX comments_author ON comments (author_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO posts (id, client_id, content) VALUES (1, 1, 'one'), (2, 2, 'two');

INSERT INTO comments (id, post_id, author_id, content) VALUES (1, 1, 1, 'hello'), (2, 1, 2, 'hello'), (3, 2, 2, 'hello');
