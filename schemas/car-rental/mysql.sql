-- A car rental: clients rent cars in cities, and every rental leaves a trail of GPS points.
-- For MySQL 8.0.16 and MariaDB 10.6, and later. Statements are separated by a blank line, which is how `exodus demo`
-- reads this file.

-- Context: what gives clients' rows their meaning. Equal on every shard.

CREATE TABLE countries (
    id         smallint unsigned AUTO_INCREMENT PRIMARY KEY,
    code       char(2) NOT NULL UNIQUE CHECK (code = upper(code)),
    name       varchar(60) NOT NULL UNIQUE
);

CREATE TABLE cities (
    id         int unsigned AUTO_INCREMENT PRIMARY KEY,
    country_id smallint unsigned NOT NULL,
    name       varchar(60) NOT NULL,
    latitude   decimal(8, 5) NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude  decimal(8, 5) NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    UNIQUE KEY cities_name (country_id, name),
    CONSTRAINT cities_country FOREIGN KEY (country_id) REFERENCES countries (id)
);

CREATE TABLE cars (
    id         int unsigned AUTO_INCREMENT PRIMARY KEY,
    vin        char(17) NOT NULL UNIQUE,
    brand      varchar(40) NOT NULL,
    model      varchar(40) NOT NULL,
    daily_rate decimal(8, 2) NOT NULL CHECK (daily_rate > 0),
    bought_on  date NOT NULL
);

-- Clients, and what they own.

CREATE TABLE clients (
    id           bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    city_id      int unsigned NOT NULL,
    email        varchar(120) NOT NULL UNIQUE,
    full_name    varchar(80) NOT NULL,
    phone        varchar(20),
    born_on      date NOT NULL,
    credit_limit decimal(10, 2) NOT NULL DEFAULT 0 CHECK (credit_limit >= 0),
    preferences  json NOT NULL,
    created_at   datetime NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT clients_city FOREIGN KEY (city_id) REFERENCES cities (id)
);

CREATE TABLE rentals (
    id            bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    client_id     bigint unsigned NOT NULL,
    car_id        int unsigned NOT NULL,
    start_city_id int unsigned NOT NULL,
    end_city_id   int unsigned,
    started_at    datetime NOT NULL,
    ended_at      datetime,
    cost          decimal(10, 2) NOT NULL DEFAULT 0 CHECK (cost >= 0),
    fees          decimal(10, 2) NOT NULL DEFAULT 0 CHECK (fees >= 0),
    total         decimal(11, 2) GENERATED ALWAYS AS (cost + fees) STORED,
    CHECK (ended_at >= started_at),
    CHECK ((ended_at IS NULL) = (end_city_id IS NULL)),
    KEY rentals_client (client_id, started_at),
    CONSTRAINT rentals_client FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT rentals_car FOREIGN KEY (car_id) REFERENCES cars (id),
    CONSTRAINT rentals_start_city FOREIGN KEY (start_city_id) REFERENCES cities (id),
    CONSTRAINT rentals_end_city FOREIGN KEY (end_city_id) REFERENCES cities (id)
);

CREATE TABLE tracks (
    id          bigint unsigned AUTO_INCREMENT PRIMARY KEY,
    rental_id   bigint unsigned NOT NULL,
    recorded_at datetime NOT NULL,
    latitude    decimal(8, 5) NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude   decimal(8, 5) NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    speed       smallint unsigned,
    KEY tracks_rental (rental_id, recorded_at),
    CONSTRAINT tracks_rental FOREIGN KEY (rental_id) REFERENCES rentals (id) ON DELETE CASCADE
);

-- Triggers that set NEW and write no other row: they may stay on a shard. What exodus copies has to arrive as it was, and
-- no session of MySQL or MariaDB can silence a trigger; a move refuses one that would alter rows. So they are guarded:
-- exodus's sessions set @exodus_copy, where they do nothing, and in all others it is NULL. DELIMITER is for the shell,
-- which would take the first semicolon for the end.

DELIMITER //

CREATE TRIGGER clients_email_insert BEFORE INSERT ON clients FOR EACH ROW
IF @exodus_copy IS NULL THEN
    SET NEW.email = lower(NEW.email);
END IF;
//

CREATE TRIGGER clients_email_update BEFORE UPDATE ON clients FOR EACH ROW
IF @exodus_copy IS NULL THEN
    SET NEW.email = lower(NEW.email);
END IF;
//

DELIMITER ;

-- Neutral: reached from no client. Moves out of the shards.

CREATE TABLE anti_fraud_systems (
    id       smallint unsigned AUTO_INCREMENT PRIMARY KEY,
    name     varchar(40) NOT NULL UNIQUE
);

CREATE TABLE blacklisted_credit_cards (
    anti_fraud_system_id smallint unsigned NOT NULL,
    number_sha256        char(64) NOT NULL,
    reported_on          date NOT NULL,
    PRIMARY KEY (anti_fraud_system_id, number_sha256),
    CONSTRAINT cards_system FOREIGN KEY (anti_fraud_system_id) REFERENCES anti_fraud_systems (id)
);
