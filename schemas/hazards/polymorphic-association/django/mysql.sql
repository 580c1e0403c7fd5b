-- polymorphic-association: Django's generic relation. The types are rows of django_content_type; the keys of all tables are kept as text.

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

CREATE TABLE django_content_type (
    id        int AUTO_INCREMENT PRIMARY KEY,
    app_label varchar(100) NOT NULL,
    model     varchar(100) NOT NULL,
    UNIQUE (app_label, model)
);

CREATE TABLE notes (
    id              bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    content_type_id int NOT NULL,
    object_id       varchar(200) NOT NULL,
    content         text NOT NULL,
    KEY notes_type (content_type_id, object_id),
    CONSTRAINT notes_type FOREIGN KEY (content_type_id) REFERENCES django_content_type (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO cars (id, vin) VALUES (1, 'VF1AAAAA555555555');

INSERT INTO rentals (id, client_id, car_id) VALUES (1, 1, 1), (2, 2, 1);

INSERT INTO django_content_type (id, app_label, model) VALUES (1, 'shop', 'rentals'), (2, 'shop', 'car');

INSERT INTO notes (id, content_type_id, object_id, content) VALUES
    (1, 1, '1', 'late'), (2, 1, '2', 'early'), (3, 2, '1', 'scratched');
