-- polymorphic-association: what the numbers mean, only the application knows. The relations are declared by them.

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email VARCHAR(120) NOT NULL UNIQUE
);

CREATE TABLE cars (
    id  INTEGER PRIMARY KEY,
    vin VARCHAR(17) NOT NULL UNIQUE
);

CREATE TABLE rentals (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    car_id    INTEGER NOT NULL REFERENCES cars (id)
);

CREATE INDEX rentals_client ON rentals (client_id);

CREATE INDEX rentals_car ON rentals (car_id);

CREATE TABLE notes (
    id           INTEGER PRIMARY KEY,
    subject_type SMALLINT NOT NULL,
    subject_id   INTEGER NOT NULL,
    content      text NOT NULL
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO cars (id, vin) VALUES (1, 'VF1AAAAA555555555');

INSERT INTO rentals (id, client_id, car_id) VALUES (1, 1, 1), (2, 2, 1);

INSERT INTO notes (id, subject_type, subject_id, content) VALUES
    (1, 1, 1, 'late'), (2, 1, 2, 'early'), (3, 2, 1, 'scratched');
