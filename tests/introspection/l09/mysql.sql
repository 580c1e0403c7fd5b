create table `from where` (`group` int primary key, `a``b` int, `c'd` int, `e.f` int, `g\h` int, `ü` int);
create table `t'"``\ x` (id int primary key, `select` int, constraint `on ``it``` foreign key (`select`) references `from where` (`group`));
create table `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` (id int primary key, of_ int,
    constraint of_it foreign key (of_) references `t'"``\ x` (id));
