create table T (id integer primary key, n int);
create table u (id integer primary key);
create view v as select * from t;
create trigger a before insert on t begin select 1; end;
create trigger "b after" after delete on "t" begin insert into u values (old.id); end;
create trigger c update of n on t when new.n > 0 begin delete from u; end;
create trigger d instead of insert on v begin select 1; end;
