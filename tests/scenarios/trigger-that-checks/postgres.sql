-- @schema
CREATE TABLE clients (id bigint PRIMARY KEY, longest integer NOT NULL);
CREATE TABLE rentals (id bigint PRIMARY KEY, client_id bigint NOT NULL REFERENCES clients, days integer NOT NULL);
CREATE FUNCTION longest(client bigint) RETURNS integer LANGUAGE sql AS
    $$ SELECT longest FROM public.clients WHERE id = client $$;
CREATE FUNCTION check_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.days > public.longest(NEW.client_id) THEN
        RAISE EXCEPTION 'nobody rents for so long';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rentals_days BEFORE INSERT OR UPDATE ON rentals
    FOR EACH ROW WHEN (NEW.days > 1) EXECUTE FUNCTION check_days();
-- @data
INSERT INTO clients VALUES (42, 30), (7, 10);
INSERT INTO rentals VALUES (1, 42, 30), (2, 42, 1), (3, 7, 10);
