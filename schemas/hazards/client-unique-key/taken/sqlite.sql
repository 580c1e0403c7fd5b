-- client-unique-key, with a shard on which a login is taken: a login is taken once, whoever's it is; two shards can't promise that to each other.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE users (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    login     VARCHAR(60) NOT NULL,
    CONSTRAINT users_login UNIQUE (login)
);

CREATE INDEX users_client_id ON users (client_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO users (id, client_id, login) VALUES (1, 1, 'ada'), (2, 2, 'bob');
