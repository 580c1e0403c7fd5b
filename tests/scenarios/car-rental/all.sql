-- @context
INSERT INTO countries (id, code, name) VALUES (1, 'LV', 'Latvia'), (2, 'NO', 'Norway');
INSERT INTO cities (id, country_id, name, latitude, longitude) VALUES (1, 1, 'Riga', 56.94600, 24.10589), (2, 2, 'Bergen', 60.39299, 5.32415);
INSERT INTO cars (id, vin, brand, model, daily_rate, bought_on) VALUES
    (1, 'WVWZZZ1JZXW000001', 'Volvo', 'V60', 79.90, '2024-02-29'), (2, 'WVWZZZ1JZXW000002', 'Skoda', 'Fabia', 39.00, '2023-01-01');
-- @data
INSERT INTO clients (id, city_id, email, full_name, phone, born_on, credit_limit, preferences, created_at) VALUES
    (42, 1, 'ada@example.com', 'Ada Ü', NULL, '1990-12-31', 100.00, '{"seat": "left", "n": 12345678901234567890}', '2024-01-01 00:00:00'),
    (7, 1, 'bob@example.com', 'Bob', '+47', '1980-01-01', 0.00, '{}', '2024-01-01 00:00:00');
INSERT INTO rentals (id, client_id, car_id, start_city_id, end_city_id, started_at, ended_at, cost, fees) VALUES
    (1, 42, 1, 1, 2, '2024-03-30 23:59:59', '2024-03-31 03:00:00', 100.10, 9.99),
    (2, 42, 2, 2, NULL, '2024-05-01 00:00:00', NULL, 0.00, 0.00),
    (3, 7, 1, 1, 1, '2024-03-30 23:59:59', '2024-04-30 03:00:00', 1.00, 0.00);
INSERT INTO tracks (id, rental_id, recorded_at, latitude, longitude, speed) VALUES
    (1, 1, '2024-03-31 02:30:00', 60.39299, -5.32415, 90), (2, 1, '2024-03-31 02:30:00', 60.39299, -5.32415, NULL), (3, 2, '2024-05-01 00:00:01', -0.00001, 0, 0),
    (4, 3, '2024-03-31 02:30:00', 60.39299, 5.32415, 90);
