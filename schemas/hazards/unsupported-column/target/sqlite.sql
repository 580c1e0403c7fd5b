-- unsupported-column: what a target can hold is known once it is given.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE photos (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    caption   TEXT
);

CREATE INDEX photos_client_id ON photos (client_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO photos (id, client_id, caption) VALUES (1, 1, 'a long caption'), (2, 2, 'short');
