ALTER TABLE notes ADD COLUMN rental_id INTEGER REFERENCES rentals (id);

ALTER TABLE notes ADD COLUMN car_id INTEGER REFERENCES cars (id);

UPDATE notes SET rental_id = subject_id WHERE subject_type = 'Rental';

UPDATE notes SET car_id = subject_id WHERE subject_type = 'Car';

ALTER TABLE notes DROP COLUMN subject_type;

ALTER TABLE notes DROP COLUMN subject_id;
