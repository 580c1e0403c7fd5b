ALTER TABLE notes ADD COLUMN rental_id bigint REFERENCES rentals;

ALTER TABLE notes ADD COLUMN car_id bigint REFERENCES cars;

UPDATE notes SET rental_id = subject_id WHERE subject_type = 'Rental';

UPDATE notes SET car_id = subject_id WHERE subject_type = 'Car';

ALTER TABLE notes DROP COLUMN subject_type;

ALTER TABLE notes DROP COLUMN subject_id;
