-- SQLite drops no constraint: the table is made anew.
PRAGMA foreign_keys = OFF;

CREATE TABLE clients_new (
    id                    INTEGER PRIMARY KEY,
    email                 VARCHAR(120) NOT NULL UNIQUE,
    referred_by_client_id INTEGER
);

INSERT INTO clients_new SELECT id, email, referred_by_client_id FROM clients;

DROP TABLE clients;

ALTER TABLE clients_new RENAME TO clients;
