-- @schema
CREATE TABLE accounts (id bigint NOT NULL PRIMARY KEY, owner_id bigint, name varchar(20), FOREIGN KEY (owner_id) REFERENCES users (id));
CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, account_id bigint NOT NULL, FOREIGN KEY (account_id) REFERENCES accounts (id));
-- @data
INSERT INTO accounts VALUES (42, NULL, 'a'), (7, NULL, 'b');
INSERT INTO users VALUES (1, 42), (2, 42), (3, 7);
UPDATE accounts SET owner_id = 2 WHERE id = 42;
UPDATE accounts SET owner_id = 3 WHERE id = 7;
