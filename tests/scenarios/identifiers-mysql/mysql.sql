-- @schema
CREATE TABLE `Cli.ents "x"` (`I D` bigint NOT NULL PRIMARY KEY, `from` varchar(20));
CREATE TABLE `order` (`Id` bigint NOT NULL PRIMARY KEY, `select` bigint NOT NULL, FOREIGN KEY (`select`) REFERENCES `Cli.ents "x"` (`I D`));
CREATE TABLE A_name_of_63_bytes_that_is_as_long_as_postgresql_lets_names_be_ (
    `ordér ü` bigint, `back``tick` varchar(20), CONSTRAINT a_name_fk FOREIGN KEY (`ordér ü`) REFERENCES `order` (`Id`)
);
-- @data
INSERT INTO `Cli.ents "x"` VALUES (42, 'a'), (7, 'b');
INSERT INTO `order` VALUES (1, 42), (2, 42), (3, 7);
INSERT INTO A_name_of_63_bytes_that_is_as_long_as_postgresql_lets_names_be_ VALUES (1, 'x'), (1, 'x'), (2, 'y'), (3, 'z'), (NULL, 'n');
