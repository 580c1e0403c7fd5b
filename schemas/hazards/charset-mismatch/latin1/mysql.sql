-- charset-mismatch: text in latin1 that is what it says.

CREATE TABLE clients (
    id    bigint AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE notes (
    id        bigint AUTO_INCREMENT PRIMARY KEY,
    client_id bigint NOT NULL,
    body      varchar(60) CHARACTER SET latin1,
    CONSTRAINT notes_client_id FOREIGN KEY (client_id) REFERENCES clients (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO notes (id, client_id, body) VALUES (1, 1, _latin1 x'636166E9'), (2, 2, 'y');
