-- polymorphic-association: Django's generic relation. The types are rows of django_content_type; the keys of all tables are kept as text.

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

CREATE TABLE django_content_type (
    id        INTEGER PRIMARY KEY,
    app_label VARCHAR(100) NOT NULL,
    model     VARCHAR(100) NOT NULL,
    UNIQUE (app_label, model)
);

CREATE TABLE notes (
    id              INTEGER PRIMARY KEY,
    content_type_id INTEGER NOT NULL REFERENCES django_content_type (id),
    object_id       TEXT NOT NULL,
    content         TEXT NOT NULL
);

CREATE INDEX notes_type ON notes (content_type_id, object_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO cars (id, vin) VALUES (1, 'VF1AAAAA555555555');

INSERT INTO rentals (id, client_id, car_id) VALUES (1, 1, 1), (2, 2, 1);

INSERT INTO django_content_type (id, app_label, model) VALUES (1, 'shop', 'rentals'), (2, 'shop', 'car');

INSERT INTO notes (id, content_type_id, object_id, content) VALUES
    (1, 1, '1', 'late'), (2, 1, '2', 'early'), (3, 2, '1', 'scratched');
