-- missing-foreign-key: a track belongs to a rental, and nothing says so. It would stay behind; one did already.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email VARCHAR(120) NOT NULL UNIQUE
);

CREATE TABLE rentals (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id)
);

CREATE INDEX rentals_client ON rentals (client_id);

CREATE TABLE tracks (
    id        INTEGER PRIMARY KEY,
    rental_id INTEGER NOT NULL,
    speed     INTEGER
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO rentals (id, client_id) VALUES (1, 1), (2, 2);

INSERT INTO tracks (id, rental_id, speed) VALUES
    (1, 2, 41), (2, 1, 42), (3, 2, 43), (4, 1, 44), (5, 2, 45), (6, 1, 46), (7, 2, 47), (8, 1, 48),
    (9, 2, 49), (10, 1, 50), (11, 2, 51), (12, 1, 52), (13, 2, 53), (14, 1, 54), (15, 2, 55), (16, 1, 56),
    (17, 2, 57), (18, 1, 58), (19, 2, 59), (20, 1, 60), (21, 2, 61), (22, 1, 62), (23, 2, 63), (24, 1, 64),
    (25, 2, 65), (26, 1, 66), (27, 2, 67), (28, 1, 68), (29, 2, 69), (30, 1, 70), (31, 3, 71);
