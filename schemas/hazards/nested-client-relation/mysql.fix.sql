-- The comment goes with the post; its author is a plain value.
ALTER TABLE comments DROP FOREIGN KEY comments_author;
