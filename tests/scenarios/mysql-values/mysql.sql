-- @schema
SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
CREATE TABLE clients (id bigint PRIMARY KEY);
CREATE TABLE v (
    id bigint AUTO_INCREMENT PRIMARY KEY, client_id bigint NOT NULL, b bit(9), e enum('a','b,''c'), s set('x','y'), y year, t time(6), u bigint unsigned,
    d date, dt datetime(6), ts timestamp NULL, de decimal(65,30), f double, j json, c char(5), bi binary(5), vb varbinary(20), bl longblob, tx longtext, g geometry,
    FOREIGN KEY (client_id) REFERENCES clients (id)
);
-- @data
INSERT INTO clients VALUES (42), (7);
INSERT INTO v VALUES
    (0, 42, b'100000001', 'b,''c', 'x,y', 2155, '-838:59:59', 18446744073709551615, '0000-00-00', '0000-00-00 00:00:00', '2024-03-31 01:30:00',
     '-12345678901234567890123456789012345.123456789012345678901234567890', 1e308, '{"a": [1, null, "\\u00e9"]}', 'ab', 'ab', x'00270a0d5c1a09', x'00ff', 'a\tb\nc\\d\0''"', ST_GeomFromText('POINT(1 2)')),
    (1, 42, b'0', NULL, '', 0, '838:59:59.000000', 0, '2024-00-00', '9999-12-31 23:59:59.999999', NULL, 0, -0.0, 'null', '', '', '', '', '\\N', NULL),
    (-3, 7, NULL, 'a', 'y', 1901, '00:00:00.000001', 1, '1000-01-01', NULL, NULL, 1, 0.1, NULL, 'é', NULL, NULL, NULL, '😀', NULL);
