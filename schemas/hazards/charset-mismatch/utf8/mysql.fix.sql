ALTER TABLE notes MODIFY body varbinary(60);

ALTER TABLE notes MODIFY body varchar(60) CHARACTER SET utf8mb4;
