ALTER TABLE albums ADD COLUMN client_id bigint unsigned;

UPDATE albums SET client_id = (SELECT client_id FROM photos WHERE album_id = albums.id LIMIT 1);

ALTER TABLE albums ADD FOREIGN KEY (client_id) REFERENCES clients (id);

-- What is left is nobody's.
DELETE FROM albums WHERE client_id IS NULL;

ALTER TABLE albums MODIFY client_id bigint unsigned NOT NULL;
