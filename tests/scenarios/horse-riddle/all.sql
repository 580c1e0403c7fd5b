-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY, email varchar(120) NOT NULL UNIQUE);
CREATE TABLE times (id bigint NOT NULL PRIMARY KEY, client_id bigint NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
CREATE TABLE distances (id bigint NOT NULL PRIMARY KEY, client_id bigint NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
CREATE TABLE parts (
    time_id bigint, distance_id bigint, name varchar(60) NOT NULL,
    FOREIGN KEY (time_id) REFERENCES times (id), FOREIGN KEY (distance_id) REFERENCES distances (id)
);
-- @data
INSERT INTO clients VALUES (42, 'a@example.com'), (7, 'b@example.com');
INSERT INTO times VALUES (1, 42), (2, 7);
INSERT INTO distances VALUES (1, 42), (2, 7);
INSERT INTO parts VALUES
    (1, 1, 'tire'), (1, 1, 'tire'), (1, 1, 'tire'), (1, 1, 'tire'),
    (NULL, 1, 'plug'), (NULL, 1, 'plug'), (1, NULL, 'plug'), (1, NULL, 'plug'),
    (2, 2, 'tire'), (NULL, 2, 'plug'), (NULL, NULL, 'in stock'), (NULL, NULL, 'in stock');
-- @target
INSERT INTO clients VALUES (8, 'c@example.com');
INSERT INTO times VALUES (8, 8);
INSERT INTO parts VALUES (8, NULL, 'tire');
