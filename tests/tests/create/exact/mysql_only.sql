create table newer (
    id int primary key, name varchar(30) default (concat('a', 'b')), j json default (json_array(1, 'x')), hidden int invisible default 3,
    key on_expression ((lower(name)), ((id + 1)) desc),
    key unseen (name) invisible,
    unique key of_members ((cast(j as unsigned array))),
    check (id > 5) not enforced
) default charset = utf8mb4 collate = utf8mb4_0900_as_cs;
create table srid (id int primary key, p point not null srid 4326, spatial index (p));
