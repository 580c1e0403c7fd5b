create schema "a.b";
create schema "S p""a'c\e 😀";
create schema "Select";
create table public.t (id int primary key);
create table "a.b".t (id int primary key, "of" int references public.t);
create table "S p""a'c\e 😀".t (id int primary key, "Of" int references "a.b".t, "oF" int references public.t);
create table "Select"."From Where" ("Group" int primary key, "a""b" int, "c'd" int, "e.f" int, "😀" int,
    constraint "on ""it""" foreign key ("a""b") references "S p""a'c\e 😀".t (id));
create table "Select"."xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" (id int primary key,
    "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy" int references "Select"."From Where");
create table "Select"."T" (id int primary key);
create table "Select".t (id int primary key, "order" int references "Select"."T");
create type "Select"."Kind" as enum ('x');
alter table "Select".t add kind "Select"."Kind" default 'x';
