-- unsupported-column: the target, with a column that is narrower.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE photos (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    caption   INTEGER
);

CREATE INDEX photos_client_id ON photos (client_id);
