create table t (id int primary key, n int);
create table u (id int primary key);
create procedure unused() select 1;
create procedure `Note It`(n int) insert into u values (n);
create procedure both_kinds() delete from u;
create function both_kinds() returns int deterministic reads sql data return 1;
create function twice(n int) returns int deterministic no sql return n * 2;
delimiter //
create trigger a after insert on t for each row begin
    call `Note It`(TWICE(new.id));
    call both_kinds;
end//
delimiter ;
