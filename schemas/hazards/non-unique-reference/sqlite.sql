-- non-unique-reference: a coupon references a campaign by a code that two campaigns share. Which one does it belong to?
-- SQLite lets the tables be made, and refuses the rows of such a child only while foreign keys are on.

PRAGMA foreign_keys = OFF;

CREATE TABLE clients (
    id    INTEGER PRIMARY KEY,
    email VARCHAR(120) NOT NULL UNIQUE
);

CREATE TABLE campaigns (
    id        INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    code      VARCHAR(20) NOT NULL
);

CREATE INDEX campaigns_client ON campaigns (client_id);

CREATE INDEX campaigns_code ON campaigns (code);

CREATE TABLE coupons (
    id            INTEGER PRIMARY KEY,
    campaign_code VARCHAR(20) NOT NULL REFERENCES campaigns (code)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO campaigns (id, client_id, code) VALUES (1, 1, 'SUMMER'), (2, 1, 'SUMMER'), (3, 2, 'WINTER');

INSERT INTO coupons (id, campaign_code) VALUES (1, 'SUMMER'), (2, 'WINTER');
