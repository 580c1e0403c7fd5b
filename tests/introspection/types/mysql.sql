create table t (
    id binary(16) primary key,
    tiny tinyint(1) not null,
    big bigint unsigned,
    amount decimal(10, 2),
    ratio double,
    name varchar(40) character set latin1 collate latin1_bin not null comment 'a name',
    doc text,
    raw blob,
    day date,
    clock time(3),
    was datetime(6),
    at timestamp null,
    born year,
    mask bit(9),
    mood enum('good', 'bad'),
    moods set('a', 'b'),
    place point
) character set utf8mb4;
