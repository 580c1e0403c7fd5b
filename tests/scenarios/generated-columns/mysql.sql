-- @schema
CREATE TABLE clients (id bigint AUTO_INCREMENT PRIMARY KEY, name varchar(20), upper_name varchar(20) AS (upper(name)) STORED, secret varchar(9) INVISIBLE DEFAULT 'none');
CREATE TABLE orders (
    id int AUTO_INCREMENT PRIMARY KEY, doubled int AS (n * 2) VIRTUAL, n int NOT NULL, client_id bigint NOT NULL,
    KEY (doubled), FOREIGN KEY (client_id) REFERENCES clients (id)
);
-- @data
INSERT INTO clients (id, name, secret) VALUES (42, 'ada', 'x'), (7, 'bob', 'y');
INSERT INTO orders (id, n, client_id) VALUES (1, 10, 42), (2, 20, 42), (3, 30, 7);
