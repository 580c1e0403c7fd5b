-- non-transactional-table: notes are in a MyISAM table: what a failed move has written there stays.

CREATE TABLE clients (
    id    bigint AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE notes (
    id        bigint AUTO_INCREMENT PRIMARY KEY,
    client_id bigint NOT NULL,
    INDEX (client_id)
) ENGINE = MyISAM;

CREATE TABLE rentals (
    id        bigint AUTO_INCREMENT PRIMARY KEY,
    client_id bigint NOT NULL,
    CONSTRAINT rentals_client_id FOREIGN KEY (client_id) REFERENCES clients (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO notes (id, client_id) VALUES (1, 1), (2, 2);
