# shellcheck shell=bash
# MariaDB from the machine's own release or from another suite, and MySQL unpacked. Sourced by `servers`.

installed_mariadb() { PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mariadbd; }

# other_mariadb SUITE: the folder with the programs of another suite of Debian. They run through the loader unpacked
# beside them, as scripts in a tree like the one that mariadb-install-db expects.
other_mariadb() {
    local suite=$1 package=mariadb-server-core root tree=$run/mariadb-$1 program
    if [[ $suite == bullseye ]]; then package+=-10.5; fi
    root=$(unpacked "mariadb-$suite" "$suite" "$package") || return 1
    if [[ ! -e $tree ]]; then
        mkdir -p "$tree/bin" "$tree/sbin"
        ln -s "$root/usr/share" "$root/usr/lib" "$tree/"
        cp "$root/usr/bin/mariadb-install-db" "$tree/bin/"
        for program in bin/resolveip sbin/mariadbd sbin/mysqld; do
            wrap "$root" "$root/usr/$program" "$tree/$program" || return 1
        done
        # In newer suites it belongs to the clients; any version will do.
        ln -s "$(command -v my_print_defaults)" "$tree/bin/"
        chmod -R a+rX "$tree"
    fi
    echo "$tree"
}

start_mariadb() { start_mariadb_as mariadb; }

# start_mariadb_as NAME OPTION…
start_mariadb_as() {
    local name=$1 mariadbd install=mariadb-install-db base=() tree dir=$run/$1 port options
    shift
    if [[ -n ${EXODUS_TEST_MARIADB_SUITE:-} ]]; then
        tree=$(other_mariadb "$EXODUS_TEST_MARIADB_SUITE") || return 1
        mariadbd=$tree/sbin/mariadbd install=$tree/bin/mariadb-install-db base=(--basedir="$tree")
    else
        mariadbd=$(installed_mariadb) || return 1
    fi
    mkdir -p "$dir/tmp"
    copy_certificates "$name"
    accounts >"$dir/init.sql"
    mapfile -t options < <(common_options "$dir")
    own "$dir"
    quietly "$name" as_server_user "$install" --no-defaults "${base[@]}" --datadir="$dir/data" --tmpdir="$dir/tmp" \
        --auth-root-authentication-method=normal --skip-test-db --force || return 1
    start_on_a_free_port "$name" 'ready for connections' "$mariadbd" --no-defaults "${base[@]}" \
        --log-bin=binlog --binlog-format=ROW --innodb-flush-log-at-trx-commit=0 "${options[@]}" "$@" || return 1
    echo "mysql://exodus:$password@127.0.0.1:$port/" >"$run/$name.started"
}

dump_tool_mariadb() { command -v mariadb-dump; }

# The server and its dump tool.
unpacked_mysql() { unpacked mysql9 unstable mysql-server-core mysql-client-core; }

dump_tool_mysql() {
    local root
    root=$(unpacked_mysql) && wrap "$root" "$root/usr/bin/mysqldump" "$run/mysqldump" && echo "$run/mysqldump"
}

start_mysql() { start_mysql_as mysql; }

# start_mysql_as NAME OPTION…
start_mysql_as() {
    local name=$1 root dir=$run/$1 port mysqld options
    shift
    root=$(unpacked_mysql) || return 1
    # No test needs the X protocol, and its port would be one more to find.
    mysqld=("$(loader "$root")" --library-path "$(library_path "$root")" "$root/usr/sbin/mysqld" --no-defaults
        --basedir="$root/usr" --plugin-dir="$root/usr/lib/mysql/plugin" --lc-messages-dir="$root/usr/share/mysql"
        --character-sets-dir="$root/usr/share/mysql/charsets" --secure-file-priv= --mysqlx=OFF)
    mkdir -p "$dir/tmp"
    copy_certificates "$name"
    accounts >"$dir/init.sql"
    mapfile -t options < <(common_options "$dir")
    own "$dir"
    quietly "$name" as_server_user "${mysqld[@]}" --initialize-insecure --datadir="$dir/data" --tmpdir="$dir/tmp" \
        --innodb-redo-log-capacity=128M || return 1
    start_on_a_free_port "$name" 'ready for connections.*port: [1-9]' "${mysqld[@]}" \
        --innodb-redo-log-capacity=512M --innodb-flush-log-at-trx-commit=0 "${options[@]}" "$@" || return 1
    echo "mysql://exodus:$password@127.0.0.1:$port/" >"$run/$name.started"
}

# Run before the server accepts anybody, so that a server which answers has them; at each start.
accounts() {
    echo "CREATE USER IF NOT EXISTS 'exodus'@'%' IDENTIFIED BY '$password';"
    echo "GRANT ALL PRIVILEGES ON *.* TO 'exodus'@'%' WITH GRANT OPTION;"
    echo "ALTER USER 'root'@'localhost' IDENTIFIED BY '$password';"
}

# One a line. A server that starts removes what looks like temporary tables from its folder for them: it is its own, or
# queries of another server would fail.
common_options() {
    cat <<OPTIONS
--datadir=$1/data
--tmpdir=$1/tmp
--socket=$1/socket
--pid-file=$1/pid
--init-file=$1/init.sql
--bind-address=127.0.0.1
--port=@PORT@
--skip-name-resolve
--max-connections=200
--max-allowed-packet=64M
--character-set-server=utf8mb4
--local-infile=1
--server-id=1
--binlog-row-image=FULL
--max-binlog-size=256M
--sync-binlog=0
--innodb-buffer-pool-size=256M
--innodb-flush-method=fsync
--innodb-use-native-aio=0
--innodb-doublewrite=0
--ssl-ca=$1/ca.pem
--ssl-cert=$1/server.pem
--ssl-key=$1/server.key
OPTIONS
}
