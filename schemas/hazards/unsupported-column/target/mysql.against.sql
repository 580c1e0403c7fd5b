-- unsupported-column: the target, with a column that is narrower.

CREATE TABLE clients (
    id    bigint AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE photos (
    id        bigint AUTO_INCREMENT PRIMARY KEY,
    client_id bigint NOT NULL,
    caption   varchar(5),
    CONSTRAINT photos_client FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE INDEX photos_client_id ON photos (client_id);
