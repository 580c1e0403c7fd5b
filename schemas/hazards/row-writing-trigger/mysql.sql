-- row-writing-trigger: a new post raises a counter. Copying the posts and the counter counts every post twice.

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

CREATE TABLE activities (
    client_id bigint unsigned PRIMARY KEY,
    counter   int NOT NULL,
    CONSTRAINT activities_client FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE TRIGGER posts_count AFTER INSERT ON posts
    FOR EACH ROW INSERT INTO activities (client_id, counter) VALUES (NEW.client_id, 1)
        ON DUPLICATE KEY UPDATE counter = counter + 1;

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO posts (id, client_id, content) VALUES (1, 1, 'one'), (2, 1, 'two'), (3, 2, 'three');
