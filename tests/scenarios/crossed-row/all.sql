-- @schema
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE carts (id bigint NOT NULL PRIMARY KEY, client_id bigint NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
CREATE TABLE items (
    id bigint NOT NULL PRIMARY KEY, client_id bigint NOT NULL, cart_id bigint,
    FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (cart_id) REFERENCES carts (id)
);
-- @data
INSERT INTO clients VALUES (42), (7);
INSERT INTO carts VALUES (1, 42), (2, 7);
INSERT INTO items VALUES (1, 42, 1), (2, 42, 2), (3, 7, NULL);
