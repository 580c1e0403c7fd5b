-- polymorphic-association: what the types are is in the type of the column: no row has to be read.

CREATE TABLE clients (
    id    bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE cars (
    id  bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    vin varchar(17) NOT NULL UNIQUE
);

CREATE TABLE rentals (
    id        bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id bigint unsigned NOT NULL,
    car_id    bigint unsigned NOT NULL,
    CONSTRAINT rentals_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT rentals_car FOREIGN KEY (car_id) REFERENCES cars (id)
);

CREATE TABLE notes (
    id           bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    subject_type enum('Rental', 'Car') NOT NULL,
    subject_id   bigint unsigned NOT NULL,
    content      text NOT NULL
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO cars (id, vin) VALUES (1, 'VF1AAAAA555555555');

INSERT INTO rentals (id, client_id, car_id) VALUES (1, 1, 1), (2, 2, 1);

INSERT INTO notes (id, subject_type, subject_id, content) VALUES
    (1, 'Rental', 1, 'late'), (2, 'Rental', 2, 'early'), (3, 'Car', 1, 'scratched');
