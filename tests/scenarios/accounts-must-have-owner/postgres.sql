-- @schema
CREATE TABLE accounts (id bigint NOT NULL PRIMARY KEY, owner_id bigint NOT NULL);
CREATE TABLE users (id bigint NOT NULL PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts (id));
ALTER TABLE accounts ADD CONSTRAINT accounts_owner FOREIGN KEY (owner_id) REFERENCES users (id) DEFERRABLE INITIALLY IMMEDIATE;
-- @data
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO accounts VALUES (42, 2), (7, 3);
INSERT INTO users VALUES (1, 42), (2, 42), (3, 7);
COMMIT;
