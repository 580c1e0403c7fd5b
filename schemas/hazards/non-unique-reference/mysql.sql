-- non-unique-reference: a coupon references a campaign by a code that two campaigns share. Which one does it belong to?
-- MySQL 8.4 and later ask for a session setting before they allow it.

SET SESSION foreign_key_checks = 1 /*!80400 , SESSION restrict_fk_on_non_standard_key = OFF */;

CREATE TABLE clients (
    id    bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    email varchar(120) NOT NULL UNIQUE
);

CREATE TABLE campaigns (
    id        bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id bigint unsigned NOT NULL,
    code      varchar(20) NOT NULL,
    KEY campaigns_code (code),
    CONSTRAINT campaigns_client FOREIGN KEY (client_id) REFERENCES clients (id)
);

CREATE TABLE coupons (
    id            bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    campaign_code varchar(20) NOT NULL,
    CONSTRAINT coupons_campaign FOREIGN KEY (campaign_code) REFERENCES campaigns (code)
);

INSERT INTO clients (id, email) VALUES (1, 'ada@example.com'), (2, 'bob@example.com');

INSERT INTO campaigns (id, client_id, code) VALUES (1, 1, 'SUMMER'), (2, 1, 'SUMMER'), (3, 2, 'WINTER');

INSERT INTO coupons (id, campaign_code) VALUES (1, 'SUMMER'), (2, 'WINTER');
