-- @schema
CREATE TABLE accounts (id bigint NOT NULL PRIMARY KEY, owner_id bigint NOT NULL REFERENCES users (id));
CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts (id));
-- @data
INSERT INTO accounts VALUES (42, 2), (7, 3);
INSERT INTO users VALUES (1, 42), (2, 42), (3, 7);
