
CREATE TABLE public.newer (
    a int CONSTRAINT "a is there" NOT NULL,
    b int NOT NULL NO INHERIT,
    c int,
    v int GENERATED ALWAYS AS (a + 1) VIRTUAL,
    s int GENERATED ALWAYS AS (a + 2),
    CONSTRAINT said CHECK (b > 0) NOT ENFORCED,
    during tstzrange,
    CONSTRAINT never_twice UNIQUE (u, during WITHOUT OVERLAPS), u int4range
);
ALTER TABLE public.newer ADD CONSTRAINT c_later NOT NULL c NOT VALID;
CREATE DOMAIN public.newer_domain AS int CONSTRAINT "is there" NOT NULL;
ALTER TABLE public.newer ADD COLUMN d public.newer_domain;
