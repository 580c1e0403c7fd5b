-- heavy-context: every shard would have all requests ever made, because a rental remembers the one that it came by.

CREATE TABLE clients (
    id    bigint AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE requests (
    id   bigint AUTO_INCREMENT PRIMARY KEY,
    path varchar(60) NOT NULL
);

CREATE TABLE rentals (
    id         bigint AUTO_INCREMENT PRIMARY KEY,
    client_id  bigint NOT NULL,
    request_id bigint,
    CONSTRAINT rentals_client_id FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT rentals_request_id FOREIGN KEY (request_id) REFERENCES requests (id)
);

CREATE INDEX rentals_client_id ON rentals (client_id);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO requests (path)
WITH digits AS (SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
                UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)
SELECT '/' FROM digits a, digits b, digits c, digits d, digits e, digits f;

INSERT INTO rentals (id, client_id) VALUES (1, 1), (2, 2);
