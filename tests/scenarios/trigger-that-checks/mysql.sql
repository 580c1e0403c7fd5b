-- @schema
CREATE TABLE clients (id bigint PRIMARY KEY, longest integer NOT NULL);
CREATE TABLE rentals (id bigint PRIMARY KEY, client_id bigint NOT NULL, days integer NOT NULL, FOREIGN KEY (client_id) REFERENCES clients (id));
CREATE FUNCTION longest(client bigint) RETURNS integer READS SQL DATA
    RETURN (SELECT c.longest FROM clients c WHERE c.id = client);
CREATE TRIGGER rentals_days BEFORE INSERT ON rentals FOR EACH ROW
BEGIN
    IF NEW.days > longest(NEW.client_id) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'nobody rents for so long';
    END IF;
END;
-- @data
INSERT INTO clients VALUES (42, 30), (7, 10);
INSERT INTO rentals VALUES (1, 42, 30), (2, 42, 1), (3, 7, 10);
