ALTER TABLE photos ADD COLUMN content bytea;

ALTER TABLE photos DROP COLUMN image;
