# shellcheck shell=bash
# Servers that replicate and refuse writes, each started for one test and small. Sourced by `servers`.

# standby NAME PREFIX: prints where to write, where to read what was written there in databases whose name begins with
# PREFIX, and what `stop-standby` ends; one a line.
# 3 where the server is not one that `start` has started.
standby() {
    local name=$1 prefix=${2:?a prefix of names is needed}
    need_run
    if [[ ! -e $run/$name.started ]] || ! declare -F "standby_$name" >/dev/null; then
        say "no standby of $name: it is not a server that tests/servers has started"
        return 3
    fi
    password=$(sed -E 's,^[^:]+://[^:]+:([^@]*)@.*,\1,' "$run/$name.started")
    prefix=${prefix//_/\\_} # in patterns `_` is any character
    "standby_$name"
}

stop_standby() {
    local name
    need_run
    for name in "$@"; do
        stop_server "$name"
        rm -rf "$run/$name" "$run/$name".*
    done
}

# A streaming replica copies all databases, and those of the other tests are large: so its primary is its own, too.
standby_postgres() {
    local bin primary standby source small=(-c shared_buffers=16MB)
    bin=$(installed_postgres) || return 1
    if [[ ! -x $bin/pg_basebackup ]]; then
        say "no standby of postgres: $bin has no pg_basebackup"
        return 3
    fi
    primary=$(new_name postgres) && standby=$(new_name postgres) || return 1
    start_postgres_from "$primary" "$bin" "${small[@]}" || return 1
    source=$(<"$run/$primary.started")
    own "$run/$standby"
    quietly "$standby" as_server_user "$bin/pg_basebackup" -D "$run/$standby/data" -d "$source" -R -X stream \
        --checkpoint=fast --no-sync || return 1
    start_on_a_free_port "$standby" 'ready to accept read-only connections' \
        "$bin/postgres" -D "$run/$standby/data" -p @PORT@ "${small[@]}" || return 1
    printf '%s\n' "$source" "$(sed -E "s,:[0-9]+/,:$port/," <<<"$source")" "$primary $standby"
}

# Those databases only, from where the source stands now.
standby_mariadb() {
    local name source at
    name=$(new_name mariadb) && source=$(<"$run/mariadb.started") || return 1
    start_mariadb_as "$name" --server-id=2 "--replicate-wild-do-table=$prefix%.%" \
        --innodb-buffer-pool-size=32M || return 1
    read -ra at < <(ask "$source" "" "SHOW MASTER STATUS")
    follow "$name" "$source" "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = $(port_of "$source"),
        MASTER_USER = 'exodus', MASTER_PASSWORD = '$password', MASTER_LOG_FILE = '${at[0]}', MASTER_LOG_POS = ${at[1]};
        START SLAVE; SET GLOBAL read_only = 1"
}

standby_mysql() {
    local name source at
    name=$(new_name mysql) && source=$(<"$run/mysql.started") || return 1
    start_mysql_as "$name" --server-id=2 --skip-log-bin "--replicate-wild-do-table=$prefix%.%" \
        --innodb-buffer-pool-size=32M || return 1
    read -ra at < <(ask "$source" "" "SHOW BINARY LOG STATUS")
    follow "$name" "$source" "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_SSL = 1,
        SOURCE_PORT = $(port_of "$source"), SOURCE_USER = 'exodus', SOURCE_PASSWORD = '$password',
        SOURCE_LOG_FILE = '${at[0]}', SOURCE_LOG_POS = ${at[1]};
        START REPLICA; SET GLOBAL super_read_only = 1"
}

# follow NAME SOURCE SQL: SUPER may write to a server that is read-only, so the URL is that of a user without it. Nor may it
# read how often tables are written: a refusal must not cost an audit its snapshot.
follow() {
    local url
    url=$(<"$run/$1.started")
    ask "$url" "" "CREATE USER 'reader'@'%' IDENTIFIED BY '$password';
        GRANT ALL PRIVILEGES ON \`$prefix%\`.* TO 'reader'@'%'; $3" || return 1
    printf '%s\n' "$2" "${url/exodus:/reader:}" "$1"
}

# new_name KIND: of a server with a folder.
new_name() { basename "$(mktemp -d "$run/$1-XXXX")"; }
port_of() { sed -E 's,.*:([0-9]+)/.*,\1,' <<<"$1"; }
