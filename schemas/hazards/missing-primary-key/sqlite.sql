-- missing-primary-key: nothing tells two log lines apart, so one that differs after a move can't be named.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email VARCHAR(120) NOT NULL UNIQUE
);

CREATE TABLE log_lines (
    client_id INTEGER NOT NULL REFERENCES clients (id),
    line      TEXT NOT NULL
);

CREATE INDEX log_lines_client ON log_lines (client_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO log_lines (client_id, line) VALUES (1, 'signed in'), (1, 'signed in'), (2, 'signed in');
