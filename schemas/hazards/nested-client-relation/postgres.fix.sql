-- The comment goes with the post; its author is a plain value.
ALTER TABLE comments DROP CONSTRAINT comments_author_id_fkey;
