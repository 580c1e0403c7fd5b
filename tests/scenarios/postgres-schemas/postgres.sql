-- @schema
CREATE SCHEMA app;
CREATE SCHEMA log;
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE app.clients (id bigint PRIMARY KEY, mood app.mood, moods app.mood[]);
CREATE TABLE app.orders (id bigint PRIMARY KEY, client_id bigint NOT NULL, CONSTRAINT fk FOREIGN KEY (client_id) REFERENCES app.clients);
CREATE TABLE public.orders (order_id bigint NOT NULL, note text, CONSTRAINT fk FOREIGN KEY (order_id) REFERENCES app.orders);
CREATE TABLE log.events (id bigint, at date NOT NULL, client_id bigint NOT NULL REFERENCES app.clients, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE log.events_2023 PARTITION OF log.events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE log.events_rest PARTITION OF log.events DEFAULT;
CREATE VIEW app.happy AS SELECT * FROM app.clients WHERE mood = 'happy';
-- @data
INSERT INTO app.clients VALUES (42, 'happy', '{sad,NULL,ok}'), (7, NULL, '{}');
INSERT INTO app.orders VALUES (1, 42), (2, 42), (3, 7);
INSERT INTO public.orders VALUES (1, 'x'), (1, 'x'), (2, NULL), (3, 'y');
INSERT INTO log.events VALUES (1, '2023-05-05', 42), (1, '2024-05-05', 42), (2, '2024-05-05', 7);
