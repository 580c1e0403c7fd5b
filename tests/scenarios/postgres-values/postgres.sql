-- @schema
CREATE TABLE clients (id bigint PRIMARY KEY);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE pair AS (a integer, b text);
CREATE TABLE v (
    id bigint PRIMARY KEY, client_id bigint NOT NULL REFERENCES clients, num numeric, ts timestamp, tz timestamptz, d date, iv interval,
    f float8, f4 real, arr integer[], txt text[], r int4range, p positive, c pair, cs pair[], b bytea, j jsonb, j2 json, x xml, i inet, m money, o oid,
    tv tsvector, vb bit varying(9), u uuid, ch char(5), t time, ttz timetz, bool boolean
);
-- @data
SET intervalstyle = 'iso_8601';
INSERT INTO clients VALUES (42), (7);
INSERT INTO v VALUES
    (1, 42, 'NaN', 'infinity', '-infinity', '0044-03-15 BC', 'P1Y-2M3DT-4H5.678901S', '-0', 'NaN', '{{1,NULL},{3,4}}', '{"a,b","c\"d",NULL,"NULL",""}', '[1,5)', 7,
     ROW(1, 'a,"b"'), ARRAY[ROW(NULL, '')::pair], '\x00ff5c27', '{"n": 12345678901234567890.12345678901234567890}', '{"a":  1, "a": 2}', '<a>&amp;</a>', '::1/64', 1234.56, 4294967295,
     'a:1 b:2A', B'101', '6f1c7a34-11d2-4d70-9a9e-0242ac120002', 'ab', '24:00:00', '23:59:60+15:59', true),
    (2, 42, 1e400, '294276-12-31 23:59:59.999999', '4713-01-01 00:00:00 BC', '5874897-12-31', '-178000000 years', 'infinity', 1e-45, '[2:3]={1,2}', '{}', 'empty', NULL,
     NULL, '{}', '', 'null', 'null', NULL, NULL, -0.01, 0, '', B'', NULL, '     ', '00:00', NULL, false),
    (3, 7, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, E'{"\\\\", "tab\there"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
