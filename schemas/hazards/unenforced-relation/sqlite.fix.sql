DELETE FROM rentals WHERE client_id = 77;
