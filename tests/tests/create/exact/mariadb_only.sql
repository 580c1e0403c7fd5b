create table newer (
    id int primary key, name varchar(30) default (concat('a', lower('B'))), u uuid default uuid(), i inet6, hidden int invisible default 3,
    key down (name desc, id), key unseen (name) ignored,
    period for valid (a, b), a date, b date, unique key never_twice (id, valid without overlaps)
);
create table versioned (id int primary key, x int) with system versioning;
create table aria (id int primary key, x int) engine = Aria transactional = 1 page_checksum = 1;
