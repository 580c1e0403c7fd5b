DROP TABLE users;

CREATE TABLE users (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    login     VARCHAR(60) NOT NULL,
    CONSTRAINT users_login UNIQUE (client_id, login)
);
