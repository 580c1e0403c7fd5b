-- The comment goes with the post; its author is a plain value. SQLite drops no constraint: the table is made anew.
CREATE TABLE comments_new (
    id        INTEGER PRIMARY KEY,
    post_id   INTEGER NOT NULL REFERENCES posts (id),
    author_id INTEGER NOT NULL,
    content   TEXT NOT NULL
);

INSERT INTO comments_new SELECT id, post_id, author_id, content FROM comments;

DROP TABLE comments;

ALTER TABLE comments_new RENAME TO comments;
