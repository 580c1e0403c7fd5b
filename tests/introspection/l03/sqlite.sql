-- Constraints of one name on two tables.
create table parent (a integer, b integer, primary key (a, b));
create table one (a integer, b integer, constraint same foreign key (a, b) references parent (a, b));
create table two (x integer, y integer, constraint same foreign key (y, x) references parent (a, b));
