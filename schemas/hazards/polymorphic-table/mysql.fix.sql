CREATE TABLE public_skins (
    id    bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    color varchar(20) NOT NULL
);

INSERT INTO public_skins (id, color) SELECT id, color FROM skins WHERE client_id IS NULL;

ALTER TABLE blogs ADD COLUMN public_skin_id bigint unsigned, ADD FOREIGN KEY (public_skin_id) REFERENCES public_skins (id);

UPDATE blogs SET public_skin_id = skin_id WHERE skin_id IN (SELECT id FROM public_skins);

UPDATE blogs SET skin_id = NULL WHERE public_skin_id IS NOT NULL;

DELETE FROM skins WHERE client_id IS NULL;

ALTER TABLE skins MODIFY client_id bigint unsigned NOT NULL;
