-- A foreign key to a unique index that is no constraint, over columns that are no primary key.
create table parent (id integer primary key, code varchar(20) not null, area integer not null);
create unique index parent_area_code on parent (area, code);
create table child (
    id integer primary key,
    c varchar(20) not null,
    a integer,
    constraint child_parent foreign key (a, c) references parent (area, code)
);
