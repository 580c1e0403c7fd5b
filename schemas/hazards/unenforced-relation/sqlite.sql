-- unenforced-relation: a rental of a client that is not there: nobody owns it, and it could not be written on a shard.

PRAGMA foreign_keys = OFF;

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE rentals (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id)
);

CREATE INDEX rentals_client_id ON rentals (client_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO rentals (id, client_id) VALUES (1, 1), (2, 2), (3, 77);
