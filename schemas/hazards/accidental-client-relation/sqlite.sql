-- accidental-client-relation: a post of Bob lies in a category of Ada. Nobody meant it.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email VARCHAR(120) NOT NULL UNIQUE
);

CREATE TABLE categories (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    name      VARCHAR(60) NOT NULL
);

CREATE INDEX categories_client ON categories (client_id);

CREATE TABLE posts (
    id          INTEGER PRIMARY KEY,
    client_id   INTEGER NOT NULL REFERENCES clients (id),
    category_id INTEGER NOT NULL REFERENCES categories (id),
    content     TEXT NOT NULL
);

CREATE INDEX posts_client ON posts (client_id);

CREATE INDEX posts_category ON posts (category_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO categories (id, client_id, name) VALUES (1, 1, 'Journeys'), (2, 2, 'Cars');

INSERT INTO posts (id, client_id, category_id, content) VALUES (1, 1, 1, 'one'), (2, 2, 1, 'two'), (3, 2, 2, 'three');
