-- Bob's post goes back to his own category; then the foreign keys hold the owners together.
UPDATE posts SET category_id = 2 WHERE id = 2;

CREATE UNIQUE INDEX categories_client_id_id ON categories (client_id, id);

CREATE TABLE posts_new (
    id          INTEGER PRIMARY KEY,
    client_id   INTEGER NOT NULL REFERENCES clients (id),
    category_id INTEGER NOT NULL,
    content     TEXT NOT NULL,
    FOREIGN KEY (client_id, category_id) REFERENCES categories (client_id, id)
);

INSERT INTO posts_new SELECT id, client_id, category_id, content FROM posts;

DROP TABLE posts;

ALTER TABLE posts_new RENAME TO posts;
