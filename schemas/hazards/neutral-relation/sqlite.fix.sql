-- SQLite drops no constraint: the column goes, with a copy of its values.
CREATE TABLE blacklisted_cards_new (
    id         INTEGER PRIMARY KEY,
    country_id INTEGER
);

INSERT INTO blacklisted_cards_new SELECT id, country_id FROM blacklisted_cards;

DROP TABLE blacklisted_cards;

ALTER TABLE blacklisted_cards_new RENAME TO blacklisted_cards;
