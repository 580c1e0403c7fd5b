-- polymorphic-table: skin 1 is everybody's, skin 2 is Ada's own, and blogs use both.

CREATE TABLE clients (
    id    bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE skins (
    id        bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id bigint unsigned,
    color     varchar(20) NOT NULL,
    CONSTRAINT skins_client FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE TABLE blogs (
    id        bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id bigint unsigned NOT NULL,
    skin_id   bigint unsigned,
    title     varchar(60) NOT NULL,
    CONSTRAINT blogs_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT blogs_skin FOREIGN KEY (skin_id) REFERENCES skins (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO skins (id, client_id, color) VALUES (1, NULL, 'grey'), (2, 1, 'green');

INSERT INTO blogs (id, client_id, skin_id, title) VALUES (1, 1, 2, 'Journeys'), (2, 2, 1, 'Cars');
