# shellcheck shell=bash
# Servers of a test's own, which it may crash, start again and fill up. Sourced by `servers`.

# private NAME: prints its URL and what `crash`, `again`, `limit` and `stop-standby` call it; one a line. What MySQL and
# MariaDB have told a client to be committed survives a crash of their process, unlike on the shared ones; on PostgreSQL
# where the session asks for it.
# 3 where the server is not one that `start` has started.
private() {
    local name=$1 instance
    need_run
    if [[ ! -e $run/$name.started ]] || ! declare -F "private_$name" >/dev/null; then
        say "no $name of a test's own: it is not a server that tests/servers has started"
        return 3
    fi
    password=$(sed -E 's,^[^:]+://[^:]+:([^@]*)@.*,\1,' "$run/$name.started")
    instance=$(new_name "$name") && "private_$name" "$instance" || return 1
    printf '%s\n' "$(<"$run/$instance.started")" "$instance"
}

# Segments of one megabyte, so that `limit` can be low. What no session waits for is written late, so that a crash loses it.
private_postgres() {
    local bin
    bin=$(installed_postgres) || return 1
    initdb_options=(--wal-segsize=1)
    start_postgres_from "$1" "$bin" -c shared_buffers=16MB -c wal_writer_delay=10s
}

# All tables share two files of a fixed size: the server's own way to have no more room.
small_and_full=(--innodb-file-per-table=0 '--innodb-data-file-path=ibdata1:12M;ibdata2:20M'
    --innodb-buffer-pool-size=32M --innodb-flush-log-at-trx-commit=1)

private_mariadb() { start_mariadb_as "$1" "${small_and_full[@]}"; }
private_mysql() { start_mysql_as "$1" --skip-log-bin --innodb-redo-log-capacity=64M "${small_and_full[@]}"; }

# crash INSTANCE: as `kill -9` of all its processes.
crash() {
    local file pid
    need_run
    file=$run/$1.pid
    alive "$file" || return 0
    pid=$(<"$file")
    kill_tree "$pid"
    while alive "$file"; do sleep 0.02; done
    # They would be taken for those of whoever has its number now, or until somebody has asked how it ended.
    rm -f "$run/$1/data/postmaster.pid" "$run/$1"/.s.PGSQL.* "$run/$1/socket" "$run/$1/socket.lock" "$run/$1/pid"
}

# again INSTANCE: with the same data, at the same port; returns when it accepts sessions.
again() {
    local name=$1 command port
    need_run
    mapfile -d '' command <"$run/$name.command"
    port=$(port_of "$(<"$run/$name.started")")
    launch "$name" "${command[@]}"
    wait_until_ready "$name" "$port" "$(<"$run/$name.pattern")"
}

# limit INSTANCE BYTES|unlimited: no file of it may grow beyond that; for sessions that begin from now on.
limit() {
    need_run
    as_server_user prlimit --pid "$(<"$run/$1.pid")" --fsize="$2:"
}
