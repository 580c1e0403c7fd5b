create table t (id int, a int not null, b text, c int, d int, unique (d, c), primary key (id, a));
create unique index whole on t (b);
create unique index part on t (a) where c > 0;
create unique index expr on t (lower(b));
create unique index mixed on t (a, lower(b));
create index plain on t (c, a);
create index led on t (a, lower(b), c);
create index sometimes on t (b) where c > 0;
