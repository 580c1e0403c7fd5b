create table t (
    id integer primary key,
    n int not null default 7,
    stored_one int generated always as (n * 2) stored,
    virtual_one int as (length(')') + n),
    plain text collate nocase default 'x'
);
create table keyed (id text primary key, n int);
create table rowless (id text primary key, n int) without rowid;
create table strict_one (id text primary key, n int) strict;
create table descending (id integer primary key desc);
