ALTER TABLE rentals DROP CONSTRAINT rentals_request_id_fkey;
