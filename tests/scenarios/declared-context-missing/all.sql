-- @target
DELETE FROM kinds WHERE code = 'mail';
