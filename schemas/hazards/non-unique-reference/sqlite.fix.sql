UPDATE campaigns SET code = 'AUTUMN' WHERE id = 2;

CREATE UNIQUE INDEX campaigns_unique_code ON campaigns (code);
