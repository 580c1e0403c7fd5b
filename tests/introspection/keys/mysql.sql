create table t (id int primary key, a int not null, b varchar(100), c int, d int, unique key d_c (d, c));
create unique index whole on t (b);
create unique index part on t (b(3));
create unique index mixed on t (a, b(2));
create index plain on t (c, a);
create index led on t (a, b(5), c);
create fulltext index words on t (b);
