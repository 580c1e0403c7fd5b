ALTER TABLE parts ADD COLUMN id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY;

ALTER TABLE parts ADD COLUMN client_id bigint unsigned;

UPDATE parts SET client_id = COALESCE(
    (SELECT client_id FROM times WHERE id = time_id),
    (SELECT client_id FROM distances WHERE id = distance_id)
);

ALTER TABLE parts MODIFY client_id bigint unsigned NOT NULL, ADD FOREIGN KEY (client_id) REFERENCES clients (id);
