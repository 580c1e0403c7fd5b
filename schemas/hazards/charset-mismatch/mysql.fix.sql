ALTER TABLE notes MODIFY body varchar(60) CHARACTER SET utf8mb4;
