-- What is and what isn't a base table.
create table people (id int primary key);
create table places (id int primary key);
create table events (id int, day date, person int, place int, primary key (id, day)) partition by range (day);
create table events_1 partition of events for values from ('2020-01-01') to ('2021-01-01');
create table events_2 partition of events for values from ('2021-01-01') to ('2022-01-01') partition by list (id);
create table events_2a partition of events_2 for values in (1);
create table events_2b partition of events_2 default;
alter table events add constraint events_person foreign key (person) references people;
-- On partitions only, on all of them: the middle one passes its own on.
alter table events_1 add constraint one_place foreign key (place) references places;
alter table events_2 add constraint two_place foreign key (place) references places;
-- On one partition only.
alter table events_2a add constraint odd foreign key (place) references people;
-- To one partition, and to the whole.
create table notes (id int primary key, event int, day date, foreign key (event, day) references events_1 (id, day));
create table stars (id int primary key, event int, day date, foreign key (event, day) references events (id, day));
create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger on_all after insert on events for each row execute function touch();
create trigger on_one before update on events_1 for each row execute function touch();
create trigger on_one before update on events_2a for each row execute function touch();
create table base (id int primary key, note text);
create table derived (extra int) inherits (base);
create view seen as select * from people;
create materialized view kept as select * from people;
create temporary table passing (id int);
create unlogged table unlogged (id int);
create table "empty" ();
do $$ begin
    create foreign data wrapper nowhere;
    create server elsewhere foreign data wrapper nowhere;
    create foreign table abroad (id int) server elsewhere;
exception when insufficient_privilege then null;
end $$;
insert into events select 1, date '2020-01-01' + n, null, null from generate_series(0, 99) n;
insert into events values (1, '2021-05-05', null, null);
analyze;
