ALTER TABLE albums ADD COLUMN client_id INTEGER REFERENCES clients (id);

UPDATE albums SET client_id = (SELECT client_id FROM photos WHERE album_id = albums.id LIMIT 1);

-- What is left is nobody's.
DELETE FROM albums WHERE client_id IS NULL;
