create table P (Id integer primary key, a int, b int, unique (a, b));
create table Q (x int, y int, primary key (y, x));
create table c (
    id integer primary key,
    n1 int constraint r1 references p on delete cascade on update set null,
    n2 int constraint r2 references p(ID) on delete restrict on update set default deferrable initially immediate,
    n3 int references P deferrable initially deferred,
    x int, y int,
    foreign key (x, y) references q,
    foreign key (y, x) references p (b, a),
    foreign key (y, x) references p (b, a)
);
create table lost (id integer primary key, n int references nowhere, m int references q, k int references p("nothing"));
