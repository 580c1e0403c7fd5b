-- polymorphic-table: skin 1 is everybody's, skin 2 is Ada's own, and blogs use both.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email VARCHAR(120) NOT NULL UNIQUE
);

CREATE TABLE skins (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER REFERENCES clients (id),
    color     VARCHAR(20) NOT NULL
);

CREATE INDEX skins_client ON skins (client_id);

CREATE TABLE blogs (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    skin_id   INTEGER REFERENCES skins (id),
    title     VARCHAR(60) NOT NULL
);

CREATE INDEX blogs_client ON blogs (client_id);

CREATE INDEX blogs_skin ON blogs (skin_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO skins (id, client_id, color) VALUES (1, NULL, 'grey'), (2, 1, 'green');

INSERT INTO blogs (id, client_id, skin_id, title) VALUES (1, 1, 2, 'Journeys'), (2, 2, 1, 'Cars');
