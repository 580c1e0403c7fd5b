DROP TRIGGER posts_count ON posts;
