create table p (id int primary key, a int, b int, unique (a, b));
create table c (
    id int primary key,
    n1 int constraint r1 references p on delete cascade on update set null,
    n2 int constraint r2 references p on delete restrict on update set default deferrable,
    n3 int constraint r3 references p deferrable initially deferred,
    n4 int constraint r4 references p,
    n5 int constraint r5 references p,
    x int, y int, constraint r6 foreign key (y, x) references p (b, a) match full
);
alter table c drop constraint r4, add constraint r4 foreign key (n4) references p not valid;
do $$ begin
    execute (select format('alter table c disable trigger %I', t.tgname) from pg_trigger t
             join pg_constraint k on k.oid = t.tgconstraint
             where k.conname = 'r5' and t.tgrelid = 'c'::regclass order by t.tgname limit 1);
exception when insufficient_privilege then
    alter table c drop constraint r5, add constraint r5 foreign key (n5) references p not valid;
end $$;
create schema other;
create table other.far (id int primary key, p int references public.p);
create table near (id int primary key, f int constraint near_far references other.far);
