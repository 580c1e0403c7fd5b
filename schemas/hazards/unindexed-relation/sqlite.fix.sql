CREATE INDEX rentals_client ON rentals (client_id);
