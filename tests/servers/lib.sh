# shellcheck shell=bash
# What every file here uses: messages, the unprivileged user, ports, processes, the certificate. Sourced by `servers`.

run=      # the directory of the servers at hand
password= # of their user `exodus`

say() { printf 'servers: %s\n' "$*" >&2; }
loud() { printf '\n!!! %s\n\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

# --- the user -------------------------------------------------------------------------------------------------------

# Database servers refuse to run as root; a root developer (a container, CI) lends them this user.
server_user=${EXODUS_TEST_USER:-nobody}

# become: the words in front of a command that make it run as that user; none where this is not root.
become=()
if ((EUID == 0)); then
    become=(setpriv --reuid="$server_user" --regid="$(id -g "$server_user")" --clear-groups)
fi
as_server_user() { "${become[@]}" env HOME="$run" "$@"; }

# own PATH…: gives what this script wrote to the servers' user, and to nobody else.
own() {
    chmod -R go= "$@"
    if ((EUID == 0)); then chown -R "$server_user:" "$@"; fi
}

# --- ports ----------------------------------------------------------------------------------------------------------

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the ephemeral range, so that no outgoing connection takes the port between here and the server's bind.
free_port() {
    local port
    while :; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        if ! listening "$port"; then
            echo "$port"
            return
        fi
    done
}

# --- processes ------------------------------------------------------------------------------------------------------

# launch NAME COMMAND…: in a session of its own, so that Ctrl-C reaches the tests and not the servers under them.
launch() {
    local name=$1
    shift
    : >"$run/$name/log"
    printf '%s\0' "$@" >"$run/$name.command"
    setsid "${become[@]}" env HOME="$run" "$@" </dev/null >"$run/$name/log" 2>&1 9>&- &
    echo $! >"$run/$name.pid"
}

# kill_tree PID: it and what it has started; returns when all of them are gone. It is stopped first, so that it starts
# nobody meanwhile.
kill_tree() {
    local all pid
    kill -STOP "$1" 2>/dev/null || true
    mapfile -t all < <(tree "$1")
    kill -KILL "${all[@]}" 2>/dev/null || true
    for pid in "${all[@]}"; do
        while runs "$pid"; do sleep 0.02; done
    done
}

# tree PID: its processes.
tree() {
    local child
    echo "$1"
    for child in $(cat "/proc/$1/task"/*/children 2>/dev/null); do tree "$child"; done
}

# Whether there is such a process, and not only what its parent has yet to be told of it.
runs() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) && [[ ${stat##*) } != Z* ]]
}

# Alive, and still ours: a process id may have been given to somebody else since.
alive() {
    local pid
    pid=$(cat "$1" 2>/dev/null) && [[ -n $pid ]] && grep -qF "$run/" "/proc/$pid/cmdline" 2>/dev/null
}

# wait_until_ready NAME PORT PATTERN: until the log says so and the port answers. 1 dead or late, 2 the port was taken.
wait_until_ready() {
    local name=$1 port=$2 pattern=$3 deadline=$((SECONDS + ${EXODUS_TEST_START_SECONDS:-120}))
    until grep -qE "$pattern" "$run/$name/log" && listening "$port"; do
        if ! kill -0 "$(<"$run/$name.pid")" 2>/dev/null; then
            if grep -qiE 'address already in use|bind on tcp/ip port' "$run/$name/log"; then return 2; fi
            say "$name: died while starting; the end of its log:"
            tail -n 25 "$run/$name/log" >&2
            return 1
        fi
        if ((SECONDS >= deadline)); then
            say "$name: not ready in time; the end of its log:"
            tail -n 25 "$run/$name/log" >&2
            return 1
        fi
        sleep 0.1
    done
}

# start_on_a_free_port NAME PATTERN COMMAND…: `@PORT@` in the command is the port; sets $port.
start_on_a_free_port() {
    local name=$1 pattern=$2 status _
    shift 2
    echo "$pattern" >"$run/$name.pattern"
    for _ in 1 2 3; do
        port=$(free_port)
        launch "$name" "${@//@PORT@/$port}"
        status=0
        wait_until_ready "$name" "$port" "$pattern" || status=$?
        if ((status != 2)); then return "$status"; fi
    done
    return 1
}

# quietly NAME COMMAND…: its output is shown only when it fails.
quietly() {
    local name=$1 out="$run/$1.setup"
    shift
    if ! "$@" >"$out" 2>&1 </dev/null 9>&-; then
        say "$name: failed: ${*:1:1}; the end of its output:"
        tail -n 25 "$out" >&2
        return 1
    fi
}

# stop_server NAME: the data is thrown away, so nothing is shut down gently.
stop_server() {
    local file="$run/$1.pid" pid deadline=$((SECONDS + 10))
    alive "$file" || return 0
    pid=$(cat "$file")
    # PostgreSQL takes its children and its shared memory along on QUIT; the others need a KILL.
    if [[ $1 == postgres* ]]; then kill -QUIT "$pid"; else kill -KILL "$pid"; fi 2>/dev/null || true
    while alive "$file"; do
        if ((SECONDS >= deadline)); then kill_tree "$pid"; fi
        sleep 0.05
    done
}

# --- asking ---------------------------------------------------------------------------------------------------------

# ask URL QUERY-FOR-POSTGRESQL QUERY-FOR-THE-OTHERS: the one value that the server answers.
ask() {
    local url=$1
    if [[ $url == postgres* ]]; then
        PGCONNECT_TIMEOUT=10 psql -XAtqc "$2" "$url" </dev/null
    elif [[ $url =~ ^(mysql|mariadb)://([^:@]+)(:([^@]*))?@([^:/]+)(:([0-9]+))? ]]; then
        MYSQL_PWD=${BASH_REMATCH[4]} mariadb --no-defaults --connect-timeout=10 --protocol=tcp -N \
            -u "${BASH_REMATCH[2]}" -h "${BASH_REMATCH[5]}" -P "${BASH_REMATCH[7]:-3306}" -e "$3" </dev/null
    else
        say "not a URL of a test server"
        return 1
    fi
}

version() {
    local answer
    answer=$(ask "$1" "SHOW server_version" "SELECT version()") || return 1
    case $1,$answer in
    postgres*) echo "PostgreSQL ${answer%% *}" ;;
    *MariaDB*) echo "MariaDB ${answer%%-*}" ;;
    *) echo "MySQL ${answer%%-*}" ;;
    esac
}

# How many connections there have been, this one included or not.
connections() {
    local answer
    # PostgreSQL 13 doesn't count sessions.
    answer=$(ask "$1" "SELECT sum(coalesce((to_jsonb(d) ->> 'sessions')::bigint, xact_commit)) FROM pg_stat_database d" \
        "SHOW GLOBAL STATUS LIKE 'Connections'") || return 1
    echo "${answer##*[!0-9]}"
}

# --- files ----------------------------------------------------------------------------------------------------------

# In memory where there is plenty of it: the data is thrown away anyway. Short: a socket's path has 107 bytes at most.
new_run_directory() {
    local base=${EXODUS_TEST_DIR:-} free_memory free_shm
    if [[ -z $base ]]; then
        base=/tmp
        free_memory=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
        free_shm=$(df --output=avail -m /dev/shm 2>/dev/null | tail -n 1 || echo 0)
        if [[ -w /dev/shm ]] && ((free_shm >= 6000 && free_memory >= 10000)); then base=/dev/shm; fi
    fi
    run=$(mktemp -d "$base/exodus-XXXXXX")
    chmod 0711 "$run"
}

# A CA of our own and one server certificate signed by it, which all servers share.
make_certificates() {
    local dir="$run/tls"
    mkdir -p "$dir"
    (
        cd "$dir"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -sha256 \
            -keyout ca.key -out ca.pem -subj "/CN=exodus test CA" \
            -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 \
            -keyout server.key -out server.csr -subj "/CN=localhost"
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -sha256 -out server.pem \
            -extfile <(
                echo "basicConstraints=critical,CA:FALSE"
                echo "keyUsage=critical,digitalSignature"
                echo "extendedKeyUsage=serverAuth"
                echo "subjectAltName=DNS:localhost,IP:127.0.0.1"
            )
    ) >"$run/tls.log" 2>&1 || {
        cat "$run/tls.log" >&2
        return 1
    }
    chmod 0755 "$dir"
    chmod 0644 "$dir"/*.pem
    chmod 0600 "$dir"/*.key
}

# copy_certificates NAME: each server wants a key that it owns.
copy_certificates() { cp "$run/tls/ca.pem" "$run/tls/server.pem" "$run/tls/server.key" "$run/$1/"; }
