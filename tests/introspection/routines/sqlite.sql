create table t (id integer primary key, n int);
create table u (id integer primary key);
create trigger plain after insert on t begin insert into u values (new.id); end;
create trigger guarded before update of n on t for each row when old.n is not new.n and (select count(*) from u) = 0
begin
    select case when new.n < 0 then raise(abort, 'no') end;
end;
