-- Two foreign keys between the same two tables, two from a table to itself, two over the same column.
create table people (
    id integer primary key,
    boss integer,
    mentor integer,
    constraint people_boss foreign key (boss) references people (id),
    constraint people_mentor foreign key (mentor) references people (id)
);
create table letters (
    id integer primary key,
    sender integer not null,
    receiver integer,
    constraint letters_receiver foreign key (receiver) references people (id),
    constraint letters_sender foreign key (sender) references people (id),
    constraint letters_sender_again foreign key (sender) references people (id) on delete cascade
);
