# shellcheck shell=bash
# PostgreSQL: the machine's own release as `postgres`, and the newest as `postgres18`. Sourced by `servers`.

# The folder of PostgreSQL's programs: the one that is asked for; 15 where there is a choice, otherwise the newest.
installed_postgres() {
    local dir found=${EXODUS_TEST_POSTGRES_BIN:-}
    for dir in /usr/lib/postgresql/15/bin $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
        if [[ -x $dir/postgres && -z $found ]]; then found=$dir; fi
    done
    [[ -n $found ]] && echo "$found"
}

# The release's own one where it is another.
postgres_package() { if [[ -n $(candidate postgresql) && -z $(candidate postgresql-15) ]]; then echo postgresql; else echo postgresql-15; fi; }

start_postgres() {
    local bin
    bin=$(installed_postgres) || return 1
    start_postgres_from postgres "$bin"
}

start_postgres18() {
    local root bin
    root=$(unpacked postgres18 unstable postgresql-18) || return 1
    bin=$run/postgres18-bin/usr/lib/postgresql/18/bin
    wrap_postgres "$root" "$bin" && start_postgres_from postgres18 "$bin"
}

# The one that belongs to a started server.
dump_tool_postgres() { find "$(installed_postgres)" -name pg_dump; }
dump_tool_postgres18() { echo "$run/postgres18-bin/usr/lib/postgresql/18/bin/pg_dump"; }

# wrap_postgres ROOT BIN: initdb runs the `postgres` beside itself, so both become scripts that go through the unpacked
# loader; and they find their other files relative to their own place, so the tree is linked around them.
wrap_postgres() {
    local root=$1 bin=$2 prefix=$run/postgres18-bin program
    mkdir -p "$bin"
    ln -s "$root/usr/share" "$prefix/usr/share"
    ln -s "$root/usr/lib/postgresql/18/lib" "${bin%/bin}/lib"
    for program in postgres initdb pg_dump; do
        wrap "$root" "$root/usr/lib/postgresql/18/bin/$program" "$bin/$program" || return 1
    done
    chmod -R a+rX "$prefix"
}

initdb_options=() # more of them

# start_postgres_from NAME BIN OPTION…
start_postgres_from() {
    local name=$1 bin=$2 dir=$run/$1 port
    shift 2
    mkdir -p "$dir"
    printf '%s\n' "$password" >"$dir/password"
    copy_certificates "$name"
    own "$dir"
    # Passwords are asked for everywhere, also on the socket: tests of a wrong password must fail.
    quietly "$name" as_server_user "$bin/initdb" -D "$dir/data" -U exodus --pwfile="$dir/password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync "${initdb_options[@]}" || return 1
    postgres_settings "$dir" | as_server_user tee -a "$dir/data/postgresql.conf" >/dev/null
    start_on_a_free_port "$name" 'database system is ready to accept connections' \
        "$bin/postgres" -D "$dir/data" -p @PORT@ "$@" || return 1
    echo "postgres://exodus:$password@127.0.0.1:$port/postgres" >"$run/$name.started"
}

postgres_settings() {
    cat <<SETTINGS
listen_addresses = '127.0.0.1'
unix_socket_directories = '$1'
max_connections = 200
max_prepared_transactions = 50
shared_buffers = 256MB
# logical replication
wal_level = logical
max_wal_senders = 20
max_replication_slots = 20
max_slot_wal_keep_size = 2GB
# the data is thrown away
fsync = off
synchronous_commit = off
full_page_writes = off
ssl = on
ssl_ca_file = '$1/ca.pem'
ssl_cert_file = '$1/server.pem'
ssl_key_file = '$1/server.key'
SETTINGS
}
