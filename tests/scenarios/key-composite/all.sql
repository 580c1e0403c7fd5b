-- @schema
CREATE TABLE clients (id bigint NOT NULL, region bigint NOT NULL, name varchar(20), PRIMARY KEY (region, id), UNIQUE (id, region));
CREATE TABLE orders (
    id bigint NOT NULL PRIMARY KEY, client_id bigint NOT NULL, client_region bigint NOT NULL,
    FOREIGN KEY (client_id, client_region) REFERENCES clients (id, region)
);
CREATE TABLE order_lines (order_id bigint NOT NULL, n bigint NOT NULL, PRIMARY KEY (order_id, n), FOREIGN KEY (order_id) REFERENCES orders (id));
-- @data
INSERT INTO clients (region, id, name) VALUES (7, 42, 'mine'), (42, 7, 'turned'), (7, 7, 'half'), (42, 42, 'half');
INSERT INTO orders (id, client_region, client_id) VALUES (1, 7, 42), (2, 7, 42), (3, 42, 7), (4, 7, 7), (5, 42, 42);
INSERT INTO order_lines VALUES (1, 1), (1, 2), (2, 1), (3, 1), (4, 1), (5, 1);
