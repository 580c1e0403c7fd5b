# Sourced by benches/run: PostgreSQL.
# shellcheck shell=bash disable=SC2154,SC2317

pg_columns() { # the columns of a table that are not generated
    psql -AtqX "$source" -c "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
        where attrelid = '$1'::regclass and attnum > 0 and not attisdropped and attgenerated = ''"
}
pg_where() { # pg_where TABLE: the rows of $client
    case $1 in
    clients) echo "id = $client" ;;
    rentals) echo "client_id = $client" ;;
    tracks) echo "rental_id in (select id from rentals where client_id = $client)" ;;
    esac
}
pg_pipe() { # pg_pipe [replica]
    local table
    for table in clients rentals tracks; do
        psql -AtqX "$source" -c "copy (select ${columns[$table]} from $table where $(pg_where "$table")) to stdout (format binary)" |
            psql -AtqX "$target" -v ON_ERROR_STOP=1 -c "set session_replication_role = '${1:-origin}'" \
                -c "copy $table (${columns[$table]}) from stdin (format binary)"
    done
}
pg_script() {
    local table
    for table in clients rentals tracks; do
        printf '\\echo %s\n' "'copy $table (${columns[$table]}) from stdin;'"
        printf 'copy (select %s from %s where %s) to stdout;\n' "${columns[$table]}" "$table" "$(pg_where "$table")"
        printf '%s\n' "\\echo '\\\\.'"
    done | psql -AtqX "$source" | psql -qX1 "$target" -v ON_ERROR_STOP=1 >"$work/out"
}
pg_ceiling() {
    psql -AtqX "$target" -c "set session_replication_role = replica" \
        -c "copy tracks (${columns[tracks]}) from stdin (format binary)" <"$work/tracks"
}
pg_fill() { # pg_fill CLIENT RENTALS FIRST TRACKS FIRST: rows of one client
    psql -qX "$source" -v ON_ERROR_STOP=1 <<SQL
insert into clients (id, city_id, email, full_name, born_on) overriding system value
    values ($1, 1, 'client$1@example.org', 'Client $1', '1990-01-01');
insert into rentals (id, client_id, car_id, start_city_id, started_at) overriding system value
    select g, $1, 1 + g % 50, 1, now() from generate_series($3, $3 + $2 - 1) g;
insert into tracks (id, rental_id, recorded_at, latitude, longitude, speed) overriding system value
    select g, $3 + g % $2, now(), g % 90 + 0.12345, g % 180 + 0.54321, g % 100 from generate_series($5, $5 + $4 - 1) g;
SQL
}
pg_make() {
    local name
    for name in source template; do
        psql -qX "$admin" -c "drop database if exists exodus_bench_$name" -c "create database exodus_bench_$name" 2>/dev/null
        psql -qX "$base/exodus_bench_$name" -v ON_ERROR_STOP=1 -f schemas/car-rental/postgres.sql >/dev/null
        psql -qX "$base/exodus_bench_$name" -v ON_ERROR_STOP=1 <<SQL
insert into countries (id, code, name) overriding system value values (1, 'LV', 'Latvia');
insert into cities (id, country_id, name, latitude, longitude) overriding system value values (1, 1, 'Riga', 56.9, 24.1);
insert into cars (id, vin, brand, model, daily_rate, bought_on) overriding system value
    select g, lpad(g::text, 17, 'V'), 'brand', 'model', 10, '2020-01-01' from generate_series(1, 50) g;
SQL
    done
    psql -qX "$source" -v ON_ERROR_STOP=1 <<SQL
insert into clients (id, city_id, email, full_name, born_on) overriding system value
    select g, 1, 'client' || g || '@example.org', 'Client ' || g, '1990-01-01' from generate_series(1, 100) g;
insert into rentals (id, client_id, car_id, start_city_id, started_at) overriding system value
    select g, case when g % 2 = 0 then 42 else 1 + g % 100 end, 1 + g % 50, 1, now() from generate_series(1, $rentals) g;
insert into tracks (id, rental_id, recorded_at, latitude, longitude, speed) overriding system value
    select g, 1 + g % $rentals, now(), g % 90 + 0.12345, g % 180 + 0.54321, g % 100 from generate_series(1, $tracks) g;
vacuum analyze;
SQL
}
postgres() {
    local engine=postgres base=${EXODUS_TEST_POSTGRES%/*} admin=$EXODUS_TEST_POSTGRES round table client=42
    local -A columns
    source=$base/exodus_bench_source target=$base/exodus_bench_target
    psql -AtqX "$admin" -c "select 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)" >"$work/version-postgres"
    pg_make
    for table in clients rentals tracks; do columns[$table]=$(pg_columns "$table"); done
    fresh() {
        psql -qX "$admin" -c 'drop database if exists exodus_bench_target' \
            -c 'create database exodus_bench_target template exodus_bench_template' 2>/dev/null
    }
    analyze() { psql -qX "$source" -c 'vacuum analyze'; }
    fingerprint() { # of the client's rows on one side
        local table
        for table in clients rentals tracks; do
            psql -AtqX "${!1}" -c "select count(*), sum(hashtextextended(t::text, 0)::numeric) from $table t where $(pg_where "$table")"
        done
    }
    psql -AtqX "$source" -c "copy (select ${columns[tracks]} from tracks where $(pg_where tracks)) to stdout (format binary)" >"$work/tracks"
    for ((round = 0; round < rounds; round++)); do
        by_exodus "$source" "$target" public.clients
        fresh && timed pipe pg_pipe && compared pipe
        fresh && timed unchecked pg_pipe replica && compared 'the unchecked pipe'
        fresh && timed script pg_script && compared script
        fresh && timed ceiling pg_ceiling
    done
    rm -f "$work/tracks"
    [[ -z $series ]] || series "$source" "$target" public.clients pg_fill pg_pipe
    for table in source target template; do psql -qX "$admin" -c "drop database exodus_bench_$table"; done
}
