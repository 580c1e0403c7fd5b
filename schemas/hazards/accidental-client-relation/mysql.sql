-- accidental-client-relation: a post of Bob lies in a category of Ada. Nobody meant it.

CREATE TABLE clients (
    id    bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE categories (
    id        bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id bigint unsigned NOT NULL,
    name      varchar(60) NOT NULL,
    CONSTRAINT categories_client FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE TABLE posts (
    id          bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id   bigint unsigned NOT NULL,
    category_id bigint unsigned NOT NULL,
    content     text NOT NULL,
    CONSTRAINT posts_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT posts_category FOREIGN KEY (category_id) REFERENCES categories (id)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO categories (id, client_id, name) VALUES (1, 1, 'Journeys'), (2, 2, 'Cars');

INSERT INTO posts (id, client_id, category_id, content) VALUES (1, 1, 1, 'one'), (2, 2, 1, 'two'), (3, 2, 2, 'three');
