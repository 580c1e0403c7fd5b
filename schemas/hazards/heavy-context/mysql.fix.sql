ALTER TABLE rentals DROP FOREIGN KEY rentals_request_id;
