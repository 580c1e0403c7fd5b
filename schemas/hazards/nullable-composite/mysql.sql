-- nullable-composite: a comment may have no post; half of its key to the post is there all the same, and nothing
-- checks it.

CREATE TABLE clients (
    id    bigint AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE posts (
    client_id bigint NOT NULL,
    id        bigint NOT NULL,
    PRIMARY KEY (client_id, id),
    CONSTRAINT posts_client_id FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE TABLE comments (
    id        bigint AUTO_INCREMENT PRIMARY KEY,
    client_id bigint NOT NULL,
    post_id   bigint,
    CONSTRAINT comments_post FOREIGN KEY (client_id, post_id) REFERENCES posts (client_id, id),
    CONSTRAINT comments_client_id FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE INDEX comments_client_id ON comments (client_id);

CREATE INDEX comments_post_id ON comments (client_id, post_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO posts (client_id, id) VALUES (1, 1), (2, 1);

INSERT INTO comments (id, client_id, post_id) VALUES (1, 1, 1), (2, 2, 1), (3, 2, NULL);
