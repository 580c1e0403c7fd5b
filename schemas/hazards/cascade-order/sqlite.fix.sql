DROP TABLE bar;

CREATE TABLE bar (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    foo_id    INTEGER NOT NULL REFERENCES foo (id) ON DELETE CASCADE
);

CREATE INDEX bar_client_id ON bar (client_id);

CREATE INDEX bar_foo_id ON bar (foo_id);
