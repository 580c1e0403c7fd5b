DROP TRIGGER posts_count;
