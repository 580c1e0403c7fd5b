-- @schema
/*!80400 SET SESSION restrict_fk_on_non_standard_key = OFF */;
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE campaigns (id bigint NOT NULL PRIMARY KEY, client_id bigint NOT NULL, code varchar(20) NOT NULL, KEY (code), FOREIGN KEY (client_id) REFERENCES clients (id));
CREATE TABLE coupons (id bigint NOT NULL PRIMARY KEY, code varchar(20) NOT NULL, FOREIGN KEY (code) REFERENCES campaigns (code));
-- @data
INSERT INTO clients VALUES (42), (7);
INSERT INTO campaigns VALUES (1, 42, 'SUMMER'), (2, 7, 'SUMMER'), (3, 7, 'WINTER');
INSERT INTO coupons VALUES (1, 'SUMMER'), (2, 'WINTER');
