CREATE TABLE parts_new (
    id          INTEGER PRIMARY KEY,
    client_id   INTEGER NOT NULL REFERENCES clients (id),
    time_id     INTEGER REFERENCES times (id),
    distance_id INTEGER REFERENCES distances (id),
    name        VARCHAR(60) NOT NULL
);

INSERT INTO parts_new (client_id, time_id, distance_id, name)
SELECT COALESCE(
    (SELECT client_id FROM times WHERE id = time_id),
    (SELECT client_id FROM distances WHERE id = distance_id)
), time_id, distance_id, name
FROM parts;

DROP TABLE parts;

ALTER TABLE parts_new RENAME TO parts;
