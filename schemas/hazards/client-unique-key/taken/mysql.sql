-- client-unique-key, with a shard on which a login is taken: a login is taken once, whoever's it is; two shards can't promise that to each other.

CREATE TABLE clients (
    id    bigint AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE users (
    id        bigint AUTO_INCREMENT PRIMARY KEY,
    client_id bigint NOT NULL,
    login     varchar(60) NOT NULL,
    CONSTRAINT users_login UNIQUE (login),
    CONSTRAINT users_client_id FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE INDEX users_client_id ON users (client_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO users (id, client_id, login) VALUES (1, 1, 'ada'), (2, 2, 'bob');
