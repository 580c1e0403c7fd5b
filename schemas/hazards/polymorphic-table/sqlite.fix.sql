CREATE TABLE public_skins (
    id    INTEGER PRIMARY KEY,
    color VARCHAR(20) NOT NULL
);

INSERT INTO public_skins (id, color) SELECT id, color FROM skins WHERE client_id IS NULL;

ALTER TABLE blogs ADD COLUMN public_skin_id INTEGER REFERENCES public_skins (id);

UPDATE blogs SET public_skin_id = skin_id WHERE skin_id IN (SELECT id FROM public_skins);

UPDATE blogs SET skin_id = NULL WHERE public_skin_id IS NOT NULL;

DELETE FROM skins WHERE client_id IS NULL;

PRAGMA foreign_keys = OFF;

CREATE TABLE skins_new (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    color     VARCHAR(20) NOT NULL
);

INSERT INTO skins_new SELECT id, client_id, color FROM skins;

DROP TABLE skins;

ALTER TABLE skins_new RENAME TO skins;
