create table p (id int primary key, a int, b int, unique key a_b (a, b), unique key b_a (b, a));
create table c (
    id int primary key, n1 int, n2 int, X int, y int,
    constraint r1 foreign key (N1) references p (ID) on delete cascade on update set null,
    constraint r2 foreign key (n2) references p (id) on delete restrict on update cascade,
    constraint r6 foreign key (y, x) references p (b, a)
);
set foreign_key_checks = 0;
create table lost (id int primary key, n int, constraint lost_n foreign key (n) references nowhere (id));
