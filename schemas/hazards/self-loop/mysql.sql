-- self-loop: an album can lie in another album, so no order of the table itself says which row has to come first.

CREATE TABLE clients (
    id    bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE albums (
    id              bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id       bigint unsigned NOT NULL,
    parent_album_id bigint unsigned,
    name            varchar(60) NOT NULL,
    CONSTRAINT albums_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT albums_parent FOREIGN KEY (parent_album_id) REFERENCES albums (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO albums (id, client_id, parent_album_id, name) VALUES
    (1, 1, NULL, 'Journeys'), (2, 1, 1, 'Lisbon'), (3, 2, NULL, 'Cars');

-- Turned upside down: now album 1 lies in album 2.
UPDATE albums SET parent_album_id = CASE id WHEN 1 THEN 2 END WHERE client_id = 1;
