ALTER TABLE users DROP INDEX users_login, ADD CONSTRAINT users_login UNIQUE (client_id, login);
