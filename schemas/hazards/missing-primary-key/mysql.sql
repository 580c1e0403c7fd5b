-- missing-primary-key: nothing tells two log lines apart, so one that differs after a move can't be named.

CREATE TABLE clients (
    id    bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE log_lines (
    client_id bigint unsigned NOT NULL,
    line      text NOT NULL,
    CONSTRAINT log_lines_client FOREIGN KEY (client_id) REFERENCES clients (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO log_lines (client_id, line) VALUES (1, 'signed in'), (1, 'signed in'), (2, 'signed in');
