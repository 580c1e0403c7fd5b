create table "From Where" ("Group" integer primary key, "a""b" int, "c'd" int, "e.f" int, "😀" int);
create table [t'"` \x] (id integer primary key, "select" int constraint "on ""it""" references "from where"("GROUP"));
create table "references" (id integer primary key, "constraint" int references [T'"` \X]);
