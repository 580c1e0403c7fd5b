-- cascade-order: removing client 1 cascades to foo and to bar, and the restriction between the two stops it.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE foo (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE
);

CREATE INDEX foo_client_id ON foo (client_id);

CREATE TABLE bar (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    foo_id    INTEGER NOT NULL REFERENCES foo (id) ON DELETE RESTRICT
);

CREATE INDEX bar_client_id ON bar (client_id);

CREATE INDEX bar_foo_id ON bar (foo_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO foo (id, client_id) VALUES (1, 1), (2, 2);

INSERT INTO bar (id, client_id, foo_id) VALUES (1, 1, 1), (2, 2, 2);
