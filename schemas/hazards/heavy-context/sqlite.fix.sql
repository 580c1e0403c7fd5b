DROP TABLE rentals;

CREATE TABLE rentals (
    id         INTEGER PRIMARY KEY,
    client_id  INTEGER NOT NULL REFERENCES clients (id),
    request_id INTEGER
);
