-- self-loop: an album can lie in another album, so no order of the table itself says which row has to come first.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email VARCHAR(120) NOT NULL UNIQUE
);

CREATE TABLE albums (
    id              INTEGER PRIMARY KEY,
    client_id       INTEGER NOT NULL REFERENCES clients (id),
    parent_album_id INTEGER REFERENCES albums (id),
    name            VARCHAR(60) NOT NULL
);

CREATE INDEX albums_client ON albums (client_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO albums (id, client_id, parent_album_id, name) VALUES
    (1, 1, NULL, 'Journeys'), (2, 1, 1, 'Lisbon'), (3, 2, NULL, 'Cars');

-- Turned upside down: now album 1 lies in album 2.
UPDATE albums SET parent_album_id = CASE id WHEN 1 THEN 2 END WHERE client_id = 1;
