create table people (id int primary key);
create table events (id int, day date, primary key (id, day))
    partition by range (to_days(day))
    subpartition by hash (id) subpartitions 2
    (partition p1 values less than (to_days('2021-01-01')), partition p0 values less than maxvalue);
create table old (id int primary key, person int, foreign key (person) references people (id)) engine = MyISAM;
create view seen as select * from people;
create temporary table passing (id int);
