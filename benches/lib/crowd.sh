# Sourced by benches/many: the car rental with many clients on each product, and how one of them is moved by hand.
#
# Each function sets source, target and root, and defines fresh (an empty target), hand_one (for bash -c, in a process of
# its own), count_tracks and gone (which removes the databases).
# shellcheck shell=bash disable=SC2154,SC2034,SC2317

cars="insert into countries (id, code, name) values (1, 'LV', 'Latvia');
insert into cities (id, country_id, name, latitude, longitude) values (1, 1, 'Riga', 56.9, 24.1);"

# --- PostgreSQL -----------------------------------------------------------------------------------------------------
pg_columns() {
    psql -AtqX "$source" -c "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
        where attrelid = '$1'::regclass and attnum > 0 and not attisdropped and attgenerated = ''"
}
crowd_postgres() {
    local base=${EXODUS_TEST_POSTGRES%/*} name
    admin=$EXODUS_TEST_POSTGRES root=public.clients
    source=$base/exodus_many_source target=$base/exodus_many_target
    for name in source template; do
        psql -qX "$admin" -c "drop database if exists exodus_many_$name" -c "create database exodus_many_$name" 2>/dev/null
        psql -qX "$base/exodus_many_$name" -v ON_ERROR_STOP=1 -f schemas/car-rental/postgres.sql >/dev/null
        psql -qX "$base/exodus_many_$name" -v ON_ERROR_STOP=1 <<SQL
${cars//) values/) overriding system value values}
insert into cars (id, vin, brand, model, daily_rate, bought_on) overriding system value
    select g, lpad(g::text, 17, 'V'), 'brand', 'model', 10, '2020-01-01' from generate_series(1, 50) g;
SQL
    done
    psql -qX "$source" -v ON_ERROR_STOP=1 <<SQL
insert into clients (id, city_id, email, full_name, born_on) overriding system value
    select g, 1, 'client' || g || '@example.org', 'Client ' || g, '1990-01-01' from generate_series(1, $clients) g;
insert into rentals (id, client_id, car_id, start_city_id, started_at) overriding system value
    select g, 1 + g % $clients, 1 + g % 50, 1, now() from generate_series(1, $((clients * each))) g;
insert into tracks (id, rental_id, recorded_at, latitude, longitude, speed) overriding system value
    select g, 1 + g % $((clients * each)), now(), g % 90 + 0.12345, g % 180 + 0.54321, g % 100
    from generate_series(1, $((clients * each * tracks))) g;
vacuum analyze;
SQL
    psql -AtqX "$admin" -c "select 'PostgreSQL ' || split_part(version(), ' ', 2)" >"$work/version-postgres"
    of_clients=$(pg_columns clients) of_rentals=$(pg_columns rentals) of_tracks=$(pg_columns tracks)
    export source target of_clients of_rentals of_tracks
    fresh() {
        psql -qX "$admin" -c 'drop database if exists exodus_many_target' \
            -c 'create database exodus_many_target template exodus_many_template' 2>/dev/null
    }
    hand_one() {
        psql -AtqX "$source" -c 'begin isolation level repeatable read' \
            -c "copy (select $of_clients from clients where id = $1) to stdout" -c "\\echo '\\\\.'" \
            -c "copy (select $of_rentals from rentals where client_id = $1) to stdout" -c "\\echo '\\\\.'" \
            -c "copy (select $of_tracks from tracks where rental_id in
                (select id from rentals where client_id = $1)) to stdout" -c "\\echo '\\\\.'" |
            psql -qX1 "$target" -v ON_ERROR_STOP=1 -c "\\copy clients ($of_clients) from pstdin" \
                -c "\\copy rentals ($of_rentals) from pstdin" -c "\\copy tracks ($of_tracks) from pstdin"
    }
    export -f hand_one
    count_tracks() { psql -AtqX "$target" -c 'select count(*) from tracks'; }
    gone() { for name in source template target; do psql -qX "$admin" -c "drop database exodus_many_$name"; done; }
}

# --- MariaDB, MySQL --------------------------------------------------------------------------------------------------
crowd_mysql() { # crowd_mysql URL
    local depth=max_recursive_iterations
    [[ $1 =~ ^mysql://([^:]*):([^@]*)@([^:]*):([0-9]+)/ ]]
    printf '[client]\nuser=%s\npassword=%s\nhost=%s\nport=%s\n' "${BASH_REMATCH[@]:1:4}" >"$work/my.cnf"
    sql() { mariadb --defaults-extra-file="$work/my.cnf" --local-infile=1 "$@"; }
    source=${1%/}/exodus_many_source target=${1%/}/exodus_many_target root=clients
    fill() { # fill DATABASE
        sql -e "drop database if exists $1; create database $1 character set utf8mb4"
        # What only MySQL is told is an error to MariaDB.
        if [[ $engine == mariadb ]]; then grep -v '^/\*!80' schemas/car-rental/mysql.sql; else cat schemas/car-rental/mysql.sql; fi |
            sql "$1"
        sql "$1" -e "$cars insert into cars (id, vin, brand, model, daily_rate, bought_on)
                with recursive g (g) as (select 1 union all select g + 1 from g where g < 50)
                select g, lpad(g, 17, 'V'), 'brand', 'model', 10, '2020-01-01' from g"
    }
    fill exodus_many_source
    [[ $engine == mysql ]] && depth=cte_max_recursion_depth
    sql exodus_many_source -e "set $depth = 100000000;
        insert into clients (id, city_id, email, full_name, born_on, preferences)
            with recursive g (g) as (select 1 union all select g + 1 from g where g < $clients)
            select g, 1, concat('client', g, '@example.org'), concat('Client ', g), '1990-01-01', '{}' from g;
        insert into rentals (id, client_id, car_id, start_city_id, started_at)
            with recursive g (g) as (select 1 union all select g + 1 from g where g < $((clients * each)))
            select g, 1 + g % $clients, 1 + g % 50, 1, now() from g;
        insert into tracks (id, rental_id, recorded_at, latitude, longitude, speed)
            with recursive g (g) as (select 1 union all select g + 1 from g where g < $((clients * each * tracks)))
            select g, 1 + g % $((clients * each)), now(), g % 90 + 0.12345, g % 180 + 0.54321, g % 100 from g;
        analyze table clients, rentals, tracks" >/dev/null
    sql -BNe "select concat('$(title "$engine") ', substring_index(version(), '-', 1))" >"$work/version-$engine"
    of_clients=$(my_columns clients) of_rentals=$(my_columns rentals) of_tracks=$(my_columns tracks)
    export of_clients of_rentals of_tracks
    fresh() { fill exodus_many_target; }
    hand_one() {
        local own=$work/hand-$1 table
        local -A of=([clients]="id = $1" [rentals]="client_id = $1"
            [tracks]="rental_id in (select id from rentals where client_id = $1)")
        local -A columns=([clients]=$of_clients [rentals]=$of_rentals [tracks]=$of_tracks)
        mkdir -p "$own"
        for table in clients rentals tracks; do
            printf 'select %s from %s where %s;\nselect "%s end";\n' "${columns[$table]}" "$table" "${of[$table]}" "$table"
            # The client prints NULL as a word, which LOAD DATA would take for text: \N stands for it.
        done | sql -BN exodus_many_source | sed -E ':a; s/(^|\t)NULL(\t|$)/\1\\N\2/; ta' |
            awk -v w="$own" 'BEGIN { t = "clients"; printf "" > w "/clients"; printf "" > w "/rentals"; printf "" > w "/tracks" }
            $0 == t " end" { close(w "/" t); t = (t == "clients") ? "rentals" : "tracks"; next } { print > (w "/" t) }'
        for table in clients rentals tracks; do
            printf "load data local infile '%s/%s' into table %s (%s);\n" "$own" "$table" "$table" "${columns[$table]}"
        done | { echo 'begin;' && cat && echo 'commit;'; } | sql exodus_many_target
        rm -r "$own"
    }
    export -f hand_one sql
    count_tracks() { sql -BN exodus_many_target -e 'select count(*) from tracks'; }
    gone() { for name in source target; do sql -e "drop database exodus_many_$name"; done; }
}
my_columns() {
    sql -BN exodus_many_source -e "select group_concat(column_name order by ordinal_position)
        from information_schema.columns where table_schema = database() and table_name = '$1'
        and coalesce(generation_expression, '') = ''"
}

# --- SQLite ----------------------------------------------------------------------------------------------------------
crowd_sqlite() {
    local name
    source=$work/source.sqlite target=$work/target.sqlite root=clients
    for name in source template; do
        sqlite3 "$work/$name.sqlite" <schemas/car-rental/sqlite.sql
        sqlite3 -bail "$work/$name.sqlite" "$cars insert into cars (id, vin, brand, model, daily_rate, bought_on)
            with recursive g (g) as (select 1 union all select g + 1 from g where g < 50)
            select g, printf('%017d', g), 'brand', 'model', 10, '2020-01-01' from g"
    done
    sqlite3 -bail "$source" "insert into clients (id, city_id, email, full_name, born_on)
            with recursive g (g) as (select 1 union all select g + 1 from g where g < $clients)
            select g, 1, 'client' || g || '@example.org', 'Client ' || g, '1990-01-01' from g;
        insert into rentals (id, client_id, car_id, start_city_id, started_at)
            with recursive g (g) as (select 1 union all select g + 1 from g where g < $((clients * each)))
            select g, 1 + g % $clients, 1 + g % 50, 1, '2026-01-01 10:00:00' from g;
        insert into tracks (id, rental_id, recorded_at, latitude, longitude, speed)
            with recursive g (g) as (select 1 union all select g + 1 from g where g < $((clients * each * tracks)))
            select g, 1 + g % $((clients * each)), '2026-01-01 10:00:00', g % 90 + 0.12345, g % 180 + 0.54321, g % 100 from g;
        analyze"
    sqlite3 "$source" "select 'SQLite ' || sqlite_version()" >"$work/version-sqlite"
    of_clients=$(lite_columns clients) of_rentals=$(lite_columns rentals) of_tracks=$(lite_columns tracks)
    export source target of_clients of_rentals of_tracks
    fresh() { rm -f "$target"* && cp "$work/template.sqlite" "$target"; }
    hand_one() {
        sqlite3 -bail -cmd '.timeout 60000' "$target" "pragma foreign_keys = on; attach '$source' as s; begin immediate;
            insert into clients ($of_clients) select $of_clients from s.clients where id = $1;
            insert into rentals ($of_rentals) select $of_rentals from s.rentals where client_id = $1;
            insert into tracks ($of_tracks) select $of_tracks from s.tracks
                where rental_id in (select id from s.rentals where client_id = $1);
            commit"
    }
    export -f hand_one
    count_tracks() { sqlite3 "$target" 'select count(*) from tracks'; }
    gone() { rm -f "$work"/*.sqlite*; }
}
lite_columns() { sqlite3 "$source" "select group_concat(name, ', ') from pragma_table_xinfo('$1') where hidden = 0"; }
