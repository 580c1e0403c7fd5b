# Sourced by benches/run: MariaDB and MySQL.
# shellcheck shell=bash disable=SC2154,SC2317

my_where() { # my_where TABLE: the rows of $client
    case $1 in
    clients) echo "id = $client" ;;
    rentals) echo "client_id = $client" ;;
    tracks) echo "rental_id in (select id from rentals where client_id = $client)" ;;
    esac
}
my_read() { my exodus_bench_source --quick -BNe "select ${columns[$1]} from $1 where $(my_where "$1")"; }
my_load() { # my_load TABLE FILE CHECKS
    my exodus_bench_target --local-infile=1 -e "set foreign_key_checks = $3;
        load data local infile '$2' into table $1 character set utf8mb4 (${columns[$1]})"
}
my_pipe() { # my_pipe [CHECKS]
    local table
    for table in clients rentals tracks; do
        # The client prints NULL as a word, which LOAD DATA would take for text: \N stands for it.
        my_read "$table" | sed -E ':a; s/(^|\t)NULL(\t|$)/\1\\N\2/; ta' | my_load "$table" /dev/stdin "${1:-1}"
    done
}
my_dump() {
    local table
    for table in clients rentals tracks; do
        # What --no-tablespaces leaves out asks MySQL for a privilege.
        "${dump[@]}" --no-create-info --skip-triggers --skip-lock-tables \
            --single-transaction --skip-tz-utc --compact --extended-insert --no-tablespaces --where="$(my_where "$table")" \
            exodus_bench_source "$table" |
            # Values of generated columns, which the dump of MariaDB has, are errors in the usual mode.
            my exodus_bench_target --init-command="set sql_mode = ''"
    done
}
my_fill() { # my_fill CLIENT RENTALS FIRST TRACKS FIRST: rows of one client
    {
        echo "set foreign_key_checks = 0, autocommit = 0;"
        echo "insert into clients (id, city_id, email, full_name, born_on, preferences)
            values ($1, 1, 'client$1@example.org', 'Client', '1990-01-01', '{}');"
        my_rows "$2" "$3" 'rentals (id, client_id, car_id, start_city_id, started_at)' \
            "g \",$1,\" 1 + g % 50 \",1,'2026-01-01 10:00:00'\""
        my_rows "$4" "$5" 'tracks (id, rental_id, recorded_at, latitude, longitude, speed)' \
            "g \",\" $3 + g % $2 \",'2026-01-01 10:00:00',\" g % 90 \".12345,\" g % 180 \".54321,\" g % 100"
        echo commit\;
    } | my exodus_bench_source
}
my_rows() { # my_rows COUNT FIRST TABLE VALUES: inserts of 2,000 rows; VALUES is awk, of g
    awk -v n="$1" -v first="$2" -v head="insert into $3 values " "BEGIN {
        for (i = 0; i < n; i++) {
            g = first + i
            printf \"%s(%s)\", (i % 2000 == 0) ? head : \",\", $4
            if (i % 2000 == 1999 || i == n - 1) print \";\"
        } }"
}
my_make() {
    local database
    for database in source target; do
        my -e "drop database if exists exodus_bench_$database; create database exodus_bench_$database character set utf8mb4"
        # What only MySQL is told is an error to MariaDB.
        if [[ $engine == mariadb ]]; then grep -v '^/\*!80' schemas/car-rental/mysql.sql; else cat schemas/car-rental/mysql.sql; fi |
            my "exodus_bench_$database"
        {
            echo "insert into countries (id, code, name) values (1, 'LV', 'Latvia');"
            echo "insert into cities (id, country_id, name, latitude, longitude) values (1, 1, 'Riga', 56.9, 24.1);"
            my_rows 50 1 'cars (id, vin, brand, model, daily_rate, bought_on)' "sprintf(\"%d,'%017d','b','m',10,'2020-01-01'\", g, g)"
        } | my "exodus_bench_$database"
    done
    {
        echo "set foreign_key_checks = 0, autocommit = 0;"
        my_rows 100 1 'clients (id, city_id, email, full_name, born_on, preferences)' \
            "sprintf(\"%d,1,'client%d@example.org','Client','1990-01-01','{}'\", g, g)"
        my_rows "$rentals" 1 'rentals (id, client_id, car_id, start_city_id, started_at)' \
            "g \",\" ((g % 2) ? 1 + g % 100 : 42) \",\" 1 + g % 50 \",1,'2026-01-01 10:00:00'\""
        my_rows "$tracks" 1 'tracks (id, rental_id, recorded_at, latitude, longitude, speed)' \
            "g \",\" 1 + g % $rentals \",'2026-01-01 10:00:00',\" g % 90 \".12345,\" g % 180 \".54321,\" g % 100"
        echo "commit; analyze table clients, rentals, tracks;"
    } | my exodus_bench_source >/dev/null
}
mysql_family() { # mysql_family NAME URL
    local engine=$1 url=${2%/} round table client=42 dump
    local -A columns
    [[ $url =~ ^mysql://([^:]+):([^@]+)@([^:]+):([0-9]+)$ ]] || { echo "the address of $1 is not understood" >&2 && exit 2; }
    printf '[client]\nuser=%s\npassword=%s\nhost=%s\nport=%s\n' "${BASH_REMATCH[@]:1:4}" >"$work/my.cnf"
    my() { mariadb --defaults-extra-file="$work/my.cnf" --default-character-set=utf8mb4 "$@"; }
    dump=(mariadb-dump --defaults-extra-file="$work/my.cnf")
    # MariaDB's tool writes the generated columns too, which MySQL refuses in every mode.
    if [[ $engine == mysql ]]; then
        dump=(${EXODUS_TEST_MYSQLDUMP:+"$EXODUS_TEST_MYSQLDUMP" --defaults-extra-file="$work/my.cnf" --set-gtid-purged=OFF})
    fi
    my -BNe "select concat('$(title "$1") ', substring_index(version(), '-', 1))" >"$work/version-$1"
    my_make
    for table in clients rentals tracks; do
        columns[$table]=$(my exodus_bench_source -BNe "select group_concat(column_name order by ordinal_position separator ', ')
            from information_schema.columns where table_schema = 'exodus_bench_source' and table_name = '$table'
            and extra not like '%GENERATED'")
    done
    fresh() { my exodus_bench_target -e 'set foreign_key_checks = 0; truncate tracks; truncate rentals; truncate clients'; }
    analyze() { my exodus_bench_source -e 'analyze table clients, rentals, tracks' >/dev/null; }
    fingerprint() { # of the client's rows on one side
        local table
        for table in clients rentals tracks; do
            my "exodus_bench_$1" -BNe "select count(*), sum(crc32(concat_ws('|', ${columns[$table]}))) from $table where $(my_where "$table")"
        done
    }
    my_read tracks >"$work/tracks"
    for ((round = 0; round < rounds; round++)); do
        by_exodus "$url/exodus_bench_source" "$url/exodus_bench_target" clients
        fresh && timed pipe my_pipe 1 && compared pipe
        fresh && timed unchecked my_pipe 0 && compared 'the unchecked pipe'
        ((${#dump[@]} == 0)) || { fresh && timed dump my_dump && compared dump; }
        fresh && timed ceiling my_load tracks "$work/tracks" 0
    done
    rm -f "$work/tracks"
    [[ -z $series ]] || series "$url/exodus_bench_source" "$url/exodus_bench_target" clients my_fill my_pipe
    my -e 'drop database exodus_bench_source; drop database exodus_bench_target'
}
