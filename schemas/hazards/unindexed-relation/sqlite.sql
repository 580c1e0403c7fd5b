-- unindexed-relation: no index leads from a client to its rentals, so that each move reads all of them.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE rentals (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO rentals (id, client_id) VALUES (1, 1), (2, 2);
