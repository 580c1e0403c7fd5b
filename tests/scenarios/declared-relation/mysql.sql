-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE orders (
    region varchar(9) NOT NULL, number bigint NOT NULL, client_id bigint NOT NULL, PRIMARY KEY (region, number),
    FOREIGN KEY (client_id) REFERENCES clients (id)
);
CREATE TABLE kinds (id bigint NOT NULL PRIMARY KEY, code varchar(9) NOT NULL UNIQUE);
CREATE TABLE notes (id bigint NOT NULL PRIMARY KEY, region varchar(9), number bigint, kind varchar(9), body varchar(40))
    PARTITION BY HASH (id) PARTITIONS 3;
-- @context
INSERT INTO kinds VALUES (1, 'call'), (2, 'mail');
-- @data
INSERT INTO clients VALUES (42), (7);
INSERT INTO orders VALUES ('north', 1, 42), ('north', 2, 7), ('south', 1, 7), ('south', 2, 42);
INSERT INTO notes VALUES
    (1, 'north', 1, 'call', 'of 42'), (2, 'north', 2, 'call', 'of 7'), (3, 'south', 1, 'mail', 'of 7'),
    (4, 'south', 2, NULL, 'of 42'), (5, 'south', 2, 'mail', 'of 42'), (6, 'west', 1, 'call', 'of an order that is gone'),
    (7, 'north', NULL, 'call', 'of none'), (8, NULL, NULL, NULL, 'of none');
