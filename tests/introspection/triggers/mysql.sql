create table t (id int primary key, n int);
create table u (id int primary key);
create trigger a before insert on t for each row set new.n = 1;
create trigger b after delete on t for each row insert into u values (old.id);
