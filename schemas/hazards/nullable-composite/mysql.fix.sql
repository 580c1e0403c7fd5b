DELETE FROM comments WHERE post_id IS NULL;

ALTER TABLE comments MODIFY post_id bigint NOT NULL;
