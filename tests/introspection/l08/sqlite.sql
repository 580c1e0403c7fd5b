create table people (id integer primary key, name text);
create view seen as select * from people;
create virtual table words using fts5(text);
create table words_of_mine (id integer primary key autoincrement);
create temp table passing (id int);
insert into people (name) values ('a'), ('b'), ('c');
insert into words_of_mine values (1), (2);
create index people_some on people (name) where name > 'a';
analyze;
