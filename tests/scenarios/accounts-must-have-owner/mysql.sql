-- @schema
CREATE TABLE accounts (id bigint NOT NULL PRIMARY KEY, owner_id bigint NOT NULL);
CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, account_id bigint NOT NULL, FOREIGN KEY (account_id) REFERENCES accounts (id));
ALTER TABLE accounts ADD CONSTRAINT accounts_owner FOREIGN KEY (owner_id) REFERENCES users (id);
-- @data
SET foreign_key_checks = 0;
INSERT INTO accounts VALUES (42, 2), (7, 3);
INSERT INTO users VALUES (1, 42), (2, 42), (3, 7);
SET foreign_key_checks = 1;
