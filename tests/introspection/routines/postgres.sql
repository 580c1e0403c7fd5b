create schema app;
create table t (id int primary key, n int);
create table u (id int primary key, t int);
create function app.note(t t) returns void language sql as $$ insert into u values (t.id) $$;
create function app.note(n int) returns int language plpgsql as $$ begin return public."Twice"(n); end $$;
create function "Twice"(n int) returns int language sql immutable return n * 2;
create function atomic_one(n int) returns void language sql begin atomic insert into u values (n); end;
create procedure clean() language plpgsql as $$ begin delete from u; perform atomic_one(1); end $$;
create function unused() returns int language sql as 'select 1';
create function guard(n int) returns boolean language sql as 'select n > 0';
create function number() returns int language sql as 'select 7';
alter table u alter t set default number();
create aggregate total(int) (sfunc = int4pl, stype = int);
create function on_t() returns trigger language plpgsql as $$ begin perform app.note(new); call clean(); return new; end $$;
create trigger plain after insert on t for each row execute function on_t();
create trigger guarded before update on t for each row
    when (old.n is distinct from new.n and current_setting('exodus.copy', true) is null and public.guard(new.n))
    execute function on_t('WHEN (');
create trigger statement after delete on t for each statement when (pg_trigger_depth() = 0) execute function on_t();
