-- horse-riddle: parts are due after a time or after a distance, each optional, and nothing tells two tires apart. A
-- tire is found by both ways, a spark plug by one: a join or a union counts 12 parts, grouping counts 2. There are 8.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email VARCHAR(120) NOT NULL UNIQUE
);

CREATE TABLE times (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    years     INTEGER NOT NULL
);

CREATE INDEX times_client ON times (client_id);

CREATE TABLE distances (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    km        INTEGER NOT NULL
);

CREATE INDEX distances_client ON distances (client_id);

CREATE TABLE parts (
    time_id     INTEGER REFERENCES times (id),
    distance_id INTEGER REFERENCES distances (id),
    name        VARCHAR(60) NOT NULL
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO times (id, client_id, years) VALUES (1, 1, 10), (2, 2, 8);

INSERT INTO distances (id, client_id, km) VALUES (1, 1, 100000), (2, 2, 80000);

INSERT INTO parts (time_id, distance_id, name) VALUES
    (1, 1, 'tire'), (1, 1, 'tire'), (1, 1, 'tire'), (1, 1, 'tire'),
    (NULL, 1, 'spark plug'), (NULL, 1, 'spark plug'), (NULL, 1, 'spark plug'), (NULL, 1, 'spark plug'),
    (2, 2, 'tire');
