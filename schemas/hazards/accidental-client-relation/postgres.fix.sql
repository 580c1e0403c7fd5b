-- Bob's post goes back to his own category; then the foreign keys hold the owners together.
UPDATE posts SET category_id = 2 WHERE id = 2;

ALTER TABLE categories ADD UNIQUE (client_id, id);

ALTER TABLE posts ADD FOREIGN KEY (client_id, category_id) REFERENCES categories (client_id, id);
