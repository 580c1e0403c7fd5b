UPDATE notes SET body = 'A' WHERE id = 1;
