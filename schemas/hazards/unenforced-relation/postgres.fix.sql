DELETE FROM rentals WHERE client_id = 77;

ALTER TABLE rentals VALIDATE CONSTRAINT rentals_client;
