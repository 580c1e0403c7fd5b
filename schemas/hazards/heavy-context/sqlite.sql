-- heavy-context: every shard would have all requests ever made, because a rental remembers the one that it came by.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE requests (
    id   INTEGER PRIMARY KEY,
    path VARCHAR(60) NOT NULL
);

CREATE TABLE rentals (
    id         INTEGER PRIMARY KEY,
    client_id  INTEGER NOT NULL REFERENCES clients (id),
    request_id INTEGER REFERENCES requests (id)
);

CREATE INDEX rentals_client_id ON rentals (client_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000000)
INSERT INTO requests (path) SELECT '/' FROM numbers;

INSERT INTO rentals (id, client_id) VALUES (1, 1), (2, 2);
