-- horse-riddle: parts are due after a time or after a distance, each optional, and nothing tells two tires apart. A
-- tire is found by both ways, a spark plug by one: a join or a union counts 12 parts, grouping counts 2. There are 8.

CREATE TABLE clients (
    id    bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE times (
    id        bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id bigint unsigned NOT NULL,
    years     int NOT NULL,
    CONSTRAINT times_client FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE TABLE distances (
    id        bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id bigint unsigned NOT NULL,
    km        int NOT NULL,
    CONSTRAINT distances_client FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE TABLE parts (
    time_id     bigint unsigned,
    distance_id bigint unsigned,
    name        varchar(60) NOT NULL,
    CONSTRAINT parts_time FOREIGN KEY (time_id) REFERENCES times (id),
    CONSTRAINT parts_distance FOREIGN KEY (distance_id) REFERENCES distances (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO times (id, client_id, years) VALUES (1, 1, 10), (2, 2, 8);

INSERT INTO distances (id, client_id, km) VALUES (1, 1, 100000), (2, 2, 80000);

INSERT INTO parts (time_id, distance_id, name) VALUES
    (1, 1, 'tire'), (1, 1, 'tire'), (1, 1, 'tire'), (1, 1, 'tire'),
    (NULL, 1, 'spark plug'), (NULL, 1, 'spark plug'), (NULL, 1, 'spark plug'), (NULL, 1, 'spark plug'),
    (2, 2, 'tire');
