ALTER TABLE clients DROP FOREIGN KEY clients_referrer;
