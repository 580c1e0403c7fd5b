-- @schema
CREATE TABLE countries (id bigint NOT NULL PRIMARY KEY, name varchar(20));
CREATE TABLE cities (id bigint NOT NULL PRIMARY KEY, country_id bigint NOT NULL, FOREIGN KEY (country_id) REFERENCES countries (id));
CREATE TABLE clients (id bigint NOT NULL PRIMARY KEY, city_id bigint NOT NULL, FOREIGN KEY (city_id) REFERENCES cities (id));
-- @data
INSERT INTO countries VALUES (1, 'Latvia');
INSERT INTO cities VALUES (1, 1);
INSERT INTO clients VALUES (42, 1);
-- @target
INSERT INTO countries VALUES (1, 'Estonia');
INSERT INTO cities VALUES (1, 1);
