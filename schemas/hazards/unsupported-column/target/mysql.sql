-- unsupported-column: what a target can hold is known once it is given.

CREATE TABLE clients (
    id    bigint AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE photos (
    id        bigint AUTO_INCREMENT PRIMARY KEY,
    client_id bigint NOT NULL,
    caption   varchar(200),
    CONSTRAINT photos_client FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE INDEX photos_client_id ON photos (client_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO photos (id, client_id, caption) VALUES (1, 1, 'a long caption'), (2, 2, 'short');
