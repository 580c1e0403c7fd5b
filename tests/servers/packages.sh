# shellcheck shell=bash
# Where the servers' programs come from: Debian's packages. Sourced by `servers`.
#
# Those of the machine's own release are installed by apt-get. Those that it does not have (MySQL, a newer PostgreSQL)
# are downloaded from another suite of the same mirror with all the libraries they need, the C library included, and
# unpacked into a cache folder: nothing of them is installed, and they run through the loader unpacked beside them.

# --- installed ------------------------------------------------------------------------------------------------------

as_root() {
    if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

# install_packages PACKAGE…: what is missing, without starting any service. Fails, saying what to install, where it can't.
install_packages() {
    local log status=0
    if ! have apt-get; then
        say "this machine has no apt-get; install these by other means: $*"
        return 1
    fi
    if ((EUID != 0)) && ! { have sudo && sudo -n true 2>/dev/null; }; then
        say "needed and not installed: run  sudo apt-get install --no-install-recommends $*"
        return 1
    fi
    say "installing $*"
    log=$(mktemp)
    # In a process of its own: whatever happens to this one meanwhile, services are let up again.
    (
        trap let_services_up EXIT
        keep_services_down
        apt_install "$@" && exit
        as_root apt-get -q update || true # third parties' sources may fail; what matters is the next line
        apt_install "$@"
    ) >"$log" 2>&1 || status=$?
    if ((status != 0)); then
        say "apt-get could not install $*:"
        tail -n 15 "$log" >&2
    fi
    rm -f "$log"
    return "$status"
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends "$@" </dev/null 9>&-
}

# Installing PostgreSQL would make a cluster and start it, and it is not ours to do so on a developer's machine.
policy=/usr/sbin/policy-rc.d
cluster_conf=/etc/postgresql-common/createcluster.d/exodus-tests.conf
made_policy=
keep_services_down() {
    if [[ ! -e $policy ]]; then
        made_policy=1
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 0755 "$policy"
    fi
    as_root mkdir -p "${cluster_conf%/*}"
    echo 'create_main_cluster = false' | as_root tee "$cluster_conf" >/dev/null
}
let_services_up() {
    as_root rm -f "$cluster_conf"
    if [[ -n $made_policy ]]; then as_root rm -f "$policy"; fi
    made_policy=
}

# The version that apt-get would install, if it knows one.
candidate() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -nE 's/^ *Candidate: ([0-9].*)/\1/p'; }

# --- unpacked -------------------------------------------------------------------------------------------------------

# The servers' user must be able to read it, and root's home is closed to everybody else.
cache_directory() {
    if [[ -n ${EXODUS_TEST_CACHE:-} ]]; then
        echo "$EXODUS_TEST_CACHE"
    elif ((EUID == 0)); then
        echo /var/cache/exodus-tests
    else
        echo "${XDG_CACHE_HOME:-$HOME/.cache}/exodus-tests"
    fi
}

# The mirror that this machine already uses, from its own apt configuration.
mirror() {
    if [[ -n ${EXODUS_TEST_MIRROR:-} ]]; then
        echo "$EXODUS_TEST_MIRROR"
        return
    fi
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        sed -nE 's/^URIs:[[:space:]]*//p; s/^deb[[:space:]]+(\[[^]]*\][[:space:]]*)?([^[:space:]]+).*/\2/p' |
        tr -s '[:space:]' '\n' | grep -E '/debian(/|\.list)?$' | head -n 1
}

# apt_elsewhere SUITE COMMAND…: apt with sources, lists and a package state of our own; an empty one, so that it wants
# everything. Signatures are checked as ever; only that a mirror stands still for a while is nothing to us.
apt_elsewhere() {
    local suite=$1 state keyring options=()
    shift
    state=$(cache_directory)/apt-$suite
    for keyring in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
        if [[ -e $keyring ]]; then options=("signed-by=$keyring"); fi
    done
    options+=("arch=$(dpkg --print-architecture)")
    mkdir -p "$state/state/lists/partial" "$state/cache/archives/partial"
    : >"$state/status"
    echo "deb [${options[*]}] $(mirror) $suite main" >"$state/sources.list"
    "$1" -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
        -o Dir::State="$state/state" -o Dir::State::status="$state/status" -o Dir::Cache="$state/cache" \
        -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Check-Valid-Until=false \
        -o Acquire::Retries=3 -o Acquire::http::Timeout=60 \
        -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
        -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false \
        "${@:2}" 9>&-
}

# unpacked NAME SUITE PACKAGE…: the folder that holds them and their libraries, fetched the first time. Prints its path.
unpacked() {
    local name=$1 suite=$2 cache target
    shift 2
    cache=$(cache_directory)
    target=$cache/$name-$(dpkg --print-architecture)
    mkdir -p "$cache"
    chmod a+rx "$cache"
    exec 9>"$cache/lock"
    flock 9 # two runs of the tests, or two servers of one run
    if [[ ! -e $target ]]; then
        if [[ -z $(mirror) ]]; then
            say "$name: no Debian mirror in the apt configuration"
            return 1
        fi
        say "$name: fetching $* from Debian $suite into $target"
        # An old list names packages that the mirror no longer has: then once more with a new one.
        fetch_and_unpack "$suite" "$target" "$@" >"$target.log" 2>&1 ||
            { apt_elsewhere "$suite" apt-get -q update && fetch_and_unpack "$suite" "$target" "$@"; } \
                >"$target.log" 2>&1 ||
            {
                say "$name: could not fetch $*:"
                tail -n 15 "$target.log" >&2
                return 1
            }
    fi
    exec 9>&-
    echo "$target"
}

fetch_and_unpack() {
    local suite=$1 target=$2 packages deb
    shift 2
    rm -rf "$target.new" "$target.debs"
    mkdir -p "$target.new" "$target.debs"
    # Of everything that it depends on, libraries are enough: no shell, no Perl, no package tools.
    packages=$(LC_ALL=C apt_elsewhere "$suite" apt-get -s install --no-install-recommends "$@" |
        awk -v want=" $* " '$1 == "Inst" && (index(want, " " $2 " ") || $2 ~ /^(lib|zlib1g|mysql-|postgresql-client-[0-9])/) && $2 !~ /^libperl/ { print $2 }')
    [[ -n $packages ]] || return 1
    # shellcheck disable=SC2086 # a list of package names
    (cd "$target.debs" && apt_elsewhere "$suite" apt-get -q download $packages) || return 1
    for deb in "$target.debs"/*.deb; do
        dpkg -x "$deb" "$target.new" || return 1
    done
    rm -rf "$target.debs" "$target.new/usr/share/doc" "$target.new/usr/share/man" "$target.new/usr/share/locale"
    chmod -R a+rX "$target.new"
    mv "$target.new" "$target"
}

# wrap ROOT PROGRAM FILE: a script that runs the unpacked program through its loader, under its own name where the
# loader is new enough to give it one.
wrap() {
    local loader path name=
    loader=$(loader "$1") && path=$(library_path "$1") && [[ -n $loader && -e $2 ]] || return 1
    if [[ $("$loader" --help 2>/dev/null) == *--argv0* ]]; then name="--argv0 \"$3\""; fi
    printf '#!/bin/sh\nexec "%s" --library-path "%s" %s "%s" "$@"\n' "$loader" "$path" "$name" "$2" >"$3"
    chmod 0755 "$3"
}

# The loader of the unpacked C library, and where the unpacked libraries are; older suites have some of them in /lib.
loader() { libraries "$1" -name 'ld-linux-*.so.*' | head -n 1; }
library_path() { libraries "$1" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:; }
libraries() {
    local root=$1 folders=("$1/usr/lib")
    shift
    if [[ -d $root/lib ]]; then folders+=("$root/lib"); fi
    find "${folders[@]}" "$@"
}
