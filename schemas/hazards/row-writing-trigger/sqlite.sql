-- row-writing-trigger: a new post raises a counter. Copying the posts and the counter counts every post twice.

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

CREATE TABLE activities (
    client_id INTEGER PRIMARY KEY REFERENCES clients (id),
    counter   INTEGER NOT NULL
);

CREATE TRIGGER posts_count AFTER INSERT ON posts
BEGIN
    INSERT INTO activities (client_id, counter) VALUES (NEW.client_id, 1)
        ON CONFLICT (client_id) DO UPDATE SET counter = counter + 1;
END;

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO posts (id, client_id, content) VALUES (1, 1, 'one'), (2, 1, 'two'), (3, 2, 'three');
