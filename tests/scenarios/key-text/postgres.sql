-- @schema
CREATE TABLE clients (id varchar(40) NOT NULL PRIMARY KEY, name varchar(40));
CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, client_id varchar(40) NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
-- @data
INSERT INTO clients VALUES ('O''Neil 100% "ü"; --', 'mine'), ('o''neil 100% "ü"; --', 'other'), ('O_Neil', 'third');
INSERT INTO orders VALUES (1, 'O''Neil 100% "ü"; --'), (2, 'O''Neil 100% "ü"; --'), (3, 'o''neil 100% "ü"; --'), (4, 'O_Neil');
