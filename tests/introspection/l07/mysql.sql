create table t (
    id bigint unsigned not null auto_increment primary key,
    n int not null default 7,
    stored_one int as (n * 2) stored,
    virtual_one int as (n * 3) virtual,
    hidden int invisible default 5,
    plain varchar(10) default 'x'
) comment = 'a comment';
