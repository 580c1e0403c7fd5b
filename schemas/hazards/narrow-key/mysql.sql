-- narrow-key: a key of 16 bits that is nearly used up, on one database; with several, it ends sooner.

CREATE TABLE clients (
    id    bigint AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE rentals (
    id        smallint AUTO_INCREMENT PRIMARY KEY,
    client_id bigint NOT NULL,
    CONSTRAINT rentals_client_id FOREIGN KEY (client_id) REFERENCES clients (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO rentals (id, client_id) VALUES (1, 1), (32700, 2);
