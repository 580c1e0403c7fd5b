-- The orphan goes first.
DELETE FROM tracks WHERE rental_id NOT IN (SELECT id FROM rentals);

ALTER TABLE tracks ADD FOREIGN KEY (rental_id) REFERENCES rentals (id);
