create domain filled as integer not null;
create domain positive as filled check (value > 0);
create type mood as enum ('good', 'bad');
create type pair as (a int, b int);
create type moods as range (subtype = int4);
create table t (
    id uuid primary key,
    dom positive,
    en mood,
    en_list mood[],
    composite pair,
    user_range moods,
    range int4range,
    reg regclass,
    regs regtype[],
    list int[][],
    doms positive[],
    acl aclitem,
    note text collate "C",
    name varchar(40) not null,
    fixed char(3),
    amount numeric(10, 2),
    at timestamptz,
    day date,
    span interval,
    doc jsonb,
    flag boolean,
    raw bytea,
    mask bit(4),
    place point,
    clock time,
    ratio double precision,
    was timestamp(3),
    dropped int
);
alter table t drop column dropped;
comment on table t is 'a table';
comment on column t.name is 'a name';
alter table t enable row level security;
create rule doubling as on insert to t do also nothing;
