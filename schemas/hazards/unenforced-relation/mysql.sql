-- unenforced-relation: a rental of a client that is not there: nobody owns it, and it could not be written on a shard.

CREATE TABLE clients (
    id    bigint AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE rentals (
    id        bigint AUTO_INCREMENT PRIMARY KEY,
    client_id bigint NOT NULL,
    CONSTRAINT rentals_client_id FOREIGN KEY (client_id) REFERENCES clients (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

SET foreign_key_checks = 0;

INSERT INTO rentals (id, client_id) VALUES (1, 1), (2, 2), (3, 77);

SET foreign_key_checks = 1;
