-- neutral-relation: a blacklisted card, which is nobody's, refers to a country that rentals refer to as well.

CREATE TABLE clients (
    id    bigint AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE countries (
    id   bigint AUTO_INCREMENT PRIMARY KEY,
    name varchar(60) NOT NULL
);

CREATE TABLE rentals (
    id         bigint AUTO_INCREMENT PRIMARY KEY,
    client_id  bigint NOT NULL,
    country_id bigint NOT NULL,
    CONSTRAINT rentals_client_id FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT rentals_country_id FOREIGN KEY (country_id) REFERENCES countries (id)
);

CREATE INDEX rentals_client_id ON rentals (client_id);

CREATE TABLE blacklisted_cards (
    id         bigint AUTO_INCREMENT PRIMARY KEY,
    country_id bigint,
    CONSTRAINT blacklisted_cards_country_id FOREIGN KEY (country_id) REFERENCES countries (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO countries (id, name) VALUES (1, 'Portugal');

INSERT INTO rentals (id, client_id, country_id) VALUES (1, 1, 1), (2, 2, 1);

INSERT INTO blacklisted_cards (id, country_id) VALUES (1, 1), (2, NULL);
