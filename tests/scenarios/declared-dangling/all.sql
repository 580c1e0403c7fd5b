-- @data
UPDATE notes SET kind = 'fax' WHERE id = 4;
