-- nested-client-relation: Bob comments on Ada's post. Whose comment is it?

CREATE TABLE clients (
    id    bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE posts (
    id        bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id bigint unsigned NOT NULL,
    content   text NOT NULL,
    CONSTRAINT posts_client FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE TABLE comments (
    id        bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    post_id   bigint unsigned NOT NULL,
    author_id bigint unsigned NOT NULL,
    content   text NOT NULL,
    CONSTRAINT comments_post FOREIGN KEY (post_id) REFERENCES posts (id),
    CONSTRAINT comments_author FOREIGN KEY (author_id) REFERENCES clients (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO posts (id, client_id, content) VALUES (1, 1, 'one'), (2, 2, 'two');

INSERT INTO comments (id, post_id, author_id, content) VALUES (1, 1, 1, 'hello'), (2, 1, 2, 'hello'), (3, 2, 2, 'hello');
