-- A car rental: clients rent cars in cities, and every rental leaves a trail of GPS points.
-- For SQLite 3.35 and later. Statements are separated by a blank line, which is how `exodus demo` reads this file.

-- Context: what gives clients' rows their meaning. Equal on every shard.

CREATE TABLE countries (
    id         INTEGER PRIMARY KEY,
    code       CHAR(2) NOT NULL UNIQUE CHECK (code = upper(code)),
    name       VARCHAR(60) NOT NULL UNIQUE
);

CREATE TABLE cities (
    id         INTEGER PRIMARY KEY,
    country_id INTEGER NOT NULL REFERENCES countries (id),
    name       VARCHAR(60) NOT NULL,
    latitude   DECIMAL(8, 5) NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude  DECIMAL(8, 5) NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    UNIQUE (country_id, name)
);

CREATE TABLE cars (
    id         INTEGER PRIMARY KEY,
    vin        CHAR(17) NOT NULL UNIQUE CHECK (length(vin) = 17),
    brand      VARCHAR(40) NOT NULL,
    model      VARCHAR(40) NOT NULL,
    daily_rate DECIMAL(8, 2) NOT NULL CHECK (daily_rate > 0),
    bought_on  DATE NOT NULL
);

-- Clients, and what they own. AUTOINCREMENT keeps the id of a client who has moved away from being given out again.

CREATE TABLE clients (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    city_id      INTEGER NOT NULL REFERENCES cities (id),
    email        VARCHAR(120) NOT NULL UNIQUE,
    full_name    VARCHAR(80) NOT NULL,
    phone        VARCHAR(20),
    born_on      DATE NOT NULL,
    credit_limit DECIMAL(10, 2) NOT NULL DEFAULT 0 CHECK (credit_limit >= 0),
    preferences  JSON NOT NULL DEFAULT '{}',
    created_at   DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX clients_city ON clients (city_id);

CREATE TABLE rentals (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id     INTEGER NOT NULL REFERENCES clients (id),
    car_id        INTEGER NOT NULL REFERENCES cars (id),
    start_city_id INTEGER NOT NULL REFERENCES cities (id),
    end_city_id   INTEGER REFERENCES cities (id),
    started_at    DATETIME NOT NULL,
    ended_at      DATETIME,
    cost          DECIMAL(10, 2) NOT NULL DEFAULT 0 CHECK (cost >= 0),
    fees          DECIMAL(10, 2) NOT NULL DEFAULT 0 CHECK (fees >= 0),
    total         DECIMAL(11, 2) GENERATED ALWAYS AS (cost + fees) STORED,
    CHECK (ended_at >= started_at),
    CHECK ((ended_at IS NULL) = (end_city_id IS NULL))
);

CREATE INDEX rentals_client ON rentals (client_id, started_at);

CREATE INDEX rentals_car ON rentals (car_id);

CREATE INDEX rentals_start_city ON rentals (start_city_id);

CREATE INDEX rentals_end_city ON rentals (end_city_id);

CREATE TABLE tracks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    rental_id   INTEGER NOT NULL REFERENCES rentals (id) ON DELETE CASCADE,
    recorded_at DATETIME NOT NULL,
    latitude    DECIMAL(8, 5) NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude   DECIMAL(8, 5) NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    speed       SMALLINT CHECK (speed >= 0)
);

CREATE INDEX tracks_rental ON tracks (rental_id, recorded_at);

-- A trigger that only checks, and writes no row: it may stay on a shard.

CREATE TRIGGER clients_email BEFORE INSERT ON clients
WHEN NEW.email <> lower(NEW.email)
BEGIN
    SELECT RAISE(ABORT, 'an e-mail address is written in lower case');
END;

-- Neutral: reached from no client. Moves out of the shards.

CREATE TABLE anti_fraud_systems (
    id       INTEGER PRIMARY KEY,
    name     VARCHAR(40) NOT NULL UNIQUE
);

CREATE TABLE blacklisted_credit_cards (
    anti_fraud_system_id INTEGER NOT NULL REFERENCES anti_fraud_systems (id),
    number_sha256        CHAR(64) NOT NULL CHECK (length(number_sha256) = 64),
    reported_on          DATE NOT NULL,
    PRIMARY KEY (anti_fraud_system_id, number_sha256)
);
