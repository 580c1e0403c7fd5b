create table if not exists main."select" (
    "from" integer primary key autoincrement, -- a comment, with (
    'a''b' text not null default 'it''s' collate nocase check ("a'b" <> ')'),
    [c d] numeric(3,1) default (1 + 2), `e``f` blob unique on conflict ignore,
    at text default current_timestamp,
    g as ("from" * 2) virtual, h text generated always as (upper("a'b")) stored,
    constraint "the ""name" unique ("a'b" desc, [c d]) on conflict fail
);
create table strict_one (id int primary key, any_one any, t text) strict;
create table without_id (a text collate rtrim, b int, primary key (b desc, a)) without rowid, strict;
create table child (id integer primary key, a int references "select" on delete cascade deferrable initially deferred,
    b int, c text, self int constraint up references child (id) on update set null, foreign key (b, c) references without_id (b, a));
create table before (id integer primary key, x int references later (id));
create table later (id integer primary key, y int references before (id));
create unique index "part ""ial" on child (b) where c is not null;
create index if not exists expressions on child (lower(c) collate nocase desc, a + 1);
create table renamed_before (id integer primary key);
alter table renamed_before rename to "renamed 'after'";
alter table "renamed 'after'" add column added text default 'x';
create table copied as select 1 as one, 'x' as two;
