-- direct-client-relation: a client was referred by another client, who may be on another shard tomorrow.

CREATE TABLE clients (
    id                    INTEGER PRIMARY KEY,
    email                 VARCHAR(120) NOT NULL UNIQUE,
    referred_by_client_id INTEGER REFERENCES clients (id)
);

INSERT INTO clients (id, email, referred_by_client_id) VALUES
    (1, 'ada@example.com', NULL), (2, 'bob@example.com', 1), (3, 'cleo@example.com', NULL);
