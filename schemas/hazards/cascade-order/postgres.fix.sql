ALTER TABLE bar
    DROP CONSTRAINT bar_foo_id_fkey,
    ADD CONSTRAINT bar_foo_id_fkey FOREIGN KEY (foo_id) REFERENCES foo (id) ON DELETE CASCADE;
