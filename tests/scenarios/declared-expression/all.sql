-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY, login varchar(20) NOT NULL UNIQUE);
CREATE TABLE orders (
    region varchar(9) NOT NULL, number bigint NOT NULL, client_id bigint NOT NULL, PRIMARY KEY (region, number),
    FOREIGN KEY (client_id) REFERENCES clients (id)
);
CREATE TABLE sorts (id bigint NOT NULL PRIMARY KEY, code varchar(9) NOT NULL UNIQUE);
CREATE TABLE visits (id bigint NOT NULL PRIMARY KEY, name varchar(20), body varchar(40));
CREATE TABLE invoices (id bigint NOT NULL PRIMARY KEY, region varchar(9), code bigint, body varchar(40));
CREATE TABLE events (
    id bigint NOT NULL PRIMARY KEY, kind varchar(9), subject varchar(20), concat_parts varchar(9), body varchar(40)
);
-- @context
INSERT INTO sorts VALUES (1, 'a');
-- @data
INSERT INTO clients VALUES (42, 'ann'), (7, 'bob');
INSERT INTO orders VALUES ('north', 1, 42), ('north', 2, 7), ('south', 1, 7);
INSERT INTO visits VALUES (1, 'ANN', 'of 42'), (2, 'Bob', 'of 7'), (3, 'ann', 'of 42'), (4, NULL, 'of none'), (5, 'anna', 'of none');
INSERT INTO invoices VALUES
    (1, 'north', 1001, 'of 42'), (2, 'north', 1002, 'of 7'), (3, 'south', 1001, 'of 7'), (4, 'north', NULL, 'of none'),
    (5, NULL, 1001, 'of none'), (6, 'north', 1, 'of none');
INSERT INTO events VALUES
    (1, 'visit', '1', 'a', 'of 42'), (2, 'visit', '2', 'a', 'of 7'), (3, 'other', '1', NULL, 'of none'),
    (4, 'other', 'x1', 'a', 'of none'), (5, 'visit', NULL, NULL, 'of none'), (6, 'visit', '3', NULL, 'of 42'), (7, NULL, '1', 'a', 'of none');
