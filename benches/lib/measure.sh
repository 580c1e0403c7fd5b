# Sourced by benches/run: clocks, the configuration of exodus, one move.
# shellcheck shell=bash disable=SC2154

now() { date +%s.%N; }
median() { sort -g | awk '{ a[NR] = $1 } END { print (NR % 2) ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }

# timed NAME COMMAND…: seconds into $work/time/ENGINE/NAME
timed() {
    local name=$1 start
    shift
    mkdir -p "$work/time/$engine"
    start=$(now)
    "$@"
    awk -v a="$start" -v b="$(now)" 'BEGIN { printf "%.3f\n", b - a }' >>"$work/time/$engine/$name"
}

config() { # config URL-of-source URL-of-target ROOT
    rm -f "$work/dispatch.sqlite"
    printf 'root = "%s"\ndispatch = "%s/dispatch.sqlite"\n[databases]\nmonolith = "%s"\nshard = "%s"\n' \
        "$3" "$work" "$1" "$2" >"$work/exodus.toml"
    "$EXODUS_BIN" --quiet --config "$work/exodus.toml" dispatch init >/dev/null
}

move() { # move CLIENT: its summary goes to $work/summary, its peak memory to $work/memory/ENGINE
    mkdir -p "$work/memory" "$work/steps"
    /usr/bin/time -f %M -a -o "$work/memory/$engine" \
        "$EXODUS_BIN" --quiet --format json --config "$work/exodus.toml" \
        move --client "$1" --from monolith --to shard >"$work/summary"
}

# The seconds of each step of the last move, for the report.
steps() {
    tr -d '\n ' <"$work/summary" | sed -nE 's/.*"seconds":\{([^}]*)\}.*/\1/p' | tr ',' '\n' | tr -d '"' |
        while IFS=: read -r step seconds; do echo "$seconds" >>"$work/steps/$engine-$step"; done
}

# compared WHAT: fails unless both sides have the same rows of the client (fingerprint SIDE CLIENT prints them)
compared() {
    local there
    there=$(fingerprint target "$client")
    [[ $there == "$(fingerprint source "$client")" ]] || { echo "$engine: after $1 both sides differ" >&2 && exit 1; }
}
