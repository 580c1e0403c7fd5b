set foreign_key_checks = 0;
create table `select` (
    `from` int unsigned not null auto_increment,
    `a``b "c" 'd' \ e` varchar(20) character set latin1 collate latin1_german1_ci not null default 'it''s \\ "x" (,)' comment 'a; comment\'s \\ (AUTO_INCREMENT=7) ``',
    `ü€` decimal(20,6) unsigned zerofill default 1.5,
    kind enum('a,b', 'it''s', '') not null default 'it''s',
    flags set('x','y') default 'x,y',
    stamped timestamp(3) not null default current_timestamp(3) on update current_timestamp(3),
    made datetime default current_timestamp,
    tail char(3) character set binary,
    whole int generated always as (n + 1) virtual comment 'computed',
    kept varchar(50) generated always as (concat(`ü€`, ',)(')) stored,
    n int not null default 5,
    primary key (`from`, n),
    unique key `u(1` (`a``b "c" 'd' \ e`(5), kind desc),
    key plain (kind),
    key `comment key` (n) comment 'an index',
    fulltext key words (`a``b "c" 'd' \ e`),
    constraint `positive, (n)` check (n > 0 and kind <> ') engine=')
) engine = InnoDB auto_increment = 4711 default charset = utf8mb4 collate = utf8mb4_unicode_520_ci row_format = dynamic comment = 'it''s (AUTO_INCREMENT=4711) \\ ) engine';
create table child (
    id bigint primary key auto_increment,
    other int unsigned not null, n int not null, self bigint, circle bigint,
    foreign key (other, n) references `select` (`from`, n) on delete cascade on update cascade,
    constraint ` references x` foreign key (self) references child (id) on delete set null,
    constraint loop_there foreign key (circle) references `no``end` (id) on update cascade
) auto_increment = 9;
create table `no``end` (
    id bigint primary key,
    back bigint not null,
    constraint loop_back foreign key (back) references child (id)
) comment = 'circle';
create table partitioned (id int not null, at date not null, t text, primary key (id, at)) engine = InnoDB
    partition by range (year(at)) (
        partition p0 values less than (2020) comment = 'old, (AUTO_INCREMENT=3)',
        partition `p 1` values less than maxvalue);
create table hashed (id int primary key auto_increment) partition by hash (id) partitions 3;
create table spaces (g geometry not null, p point, j json, b blob, l longtext, bits bit(64) default b'101', y year, spatial key (g), key (l(10)), key (b(5)));
create table latin (a varchar(10) primary key, b varchar(10) character set ascii collate ascii_bin) default charset = latin1 row_format = compressed;
create table `sixty-four characters are the longest name that there is, xxxxxx` (id int primary key, `x` int unique);
set foreign_key_checks = 1;
