-- neutral-relation: a blacklisted card, which is nobody's, refers to a country that rentals refer to as well.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE countries (
    id   INTEGER PRIMARY KEY,
    name VARCHAR(60) NOT NULL
);

CREATE TABLE rentals (
    id         INTEGER PRIMARY KEY,
    client_id  INTEGER NOT NULL REFERENCES clients (id),
    country_id INTEGER NOT NULL REFERENCES countries (id)
);

CREATE INDEX rentals_client_id ON rentals (client_id);

CREATE TABLE blacklisted_cards (
    id         INTEGER PRIMARY KEY,
    country_id INTEGER REFERENCES countries (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO countries (id, name) VALUES (1, 'Portugal');

INSERT INTO rentals (id, client_id, country_id) VALUES (1, 1, 1), (2, 2, 1);

INSERT INTO blacklisted_cards (id, country_id) VALUES (1, 1), (2, NULL);
