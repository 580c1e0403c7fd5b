SET SESSION foreign_key_checks = 0;

UPDATE campaigns SET code = 'AUTUMN' WHERE id = 2;

CREATE UNIQUE INDEX campaigns_unique_code ON campaigns (code);

SET SESSION foreign_key_checks = 1;
