DROP TABLE comments;

CREATE TABLE comments (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    post_id   INTEGER NOT NULL,
    CONSTRAINT comments_post FOREIGN KEY (client_id, post_id) REFERENCES posts (client_id, id)
);

CREATE INDEX comments_post_id ON comments (client_id, post_id);
