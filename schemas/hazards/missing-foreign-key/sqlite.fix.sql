-- The orphan goes first.
DELETE FROM tracks WHERE rental_id NOT IN (SELECT id FROM rentals);

CREATE TABLE tracks_new (
    id        INTEGER PRIMARY KEY,
    rental_id INTEGER NOT NULL REFERENCES rentals (id),
    speed     INTEGER
);

INSERT INTO tracks_new SELECT id, rental_id, speed FROM tracks;

DROP TABLE tracks;

ALTER TABLE tracks_new RENAME TO tracks;
