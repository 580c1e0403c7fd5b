-- charset-mismatch: text in latin1, which takes any bytes.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE notes (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    body      TEXT
);

CREATE INDEX notes_client_id ON notes (client_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO notes (id, client_id, body) VALUES (1, 1, CAST(x'ff41' AS TEXT)), (2, 2, 'y');
