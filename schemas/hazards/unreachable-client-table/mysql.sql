-- unreachable-client-table: an album is made for the photos of one client, and does not say of whom. When the last photo
-- of the third one went, it became a zombie.

CREATE TABLE clients (
    id    bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE albums (
    id         bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    name       varchar(60) NOT NULL,
    created_at datetime NOT NULL
);

CREATE TABLE photos (
    id        bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id bigint unsigned NOT NULL,
    album_id  bigint unsigned NOT NULL,
    CONSTRAINT photos_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT photos_album FOREIGN KEY (album_id) REFERENCES albums (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO albums (id, name, created_at) VALUES
    (1, 'Lisbon', '2026-01-01 00:00:00'), (2, 'Cars', '2026-01-02 00:00:00'), (3, 'Left', '2026-01-03 00:00:00');

INSERT INTO photos (id, client_id, album_id) VALUES (1, 1, 1), (2, 1, 1), (3, 2, 2);
