ALTER TABLE users DROP CONSTRAINT users_login, ADD CONSTRAINT users_login UNIQUE (client_id, login);
