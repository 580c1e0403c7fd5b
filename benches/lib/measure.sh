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
    "$@" || { echo "$engine: $name failed" >&2 && exit 1; }
    awk -v a="$start" -v b="$(now)" 'BEGIN { printf "%.3f\n", b - a }' >>"$work/time/$engine/$name"
}

config() { # config URL-of-source URL-of-target ROOT
    rm -f "$work/dispatch.sqlite"
    printf 'root = "%s"\ndispatch = "%s/dispatch.sqlite"\n[databases]\nmonolith = "%s"\nshard = "%s"\n' \
        "$3" "$work" "$1" "$2" >"$work/exodus.toml"
    "$EXODUS_BIN" --quiet --config "$work/exodus.toml" dispatch init >/dev/null
}

# move NAME CLIENT OPTION…: its summary goes to $work/summary, its peak memory to $work/memory/ENGINE/NAME
move() {
    local name=$1 client=$2
    shift 2
    mkdir -p "$work/memory/$engine" "$work/steps"
    /usr/bin/time -f %M -a -o "$work/memory/$engine/$name" \
        "$EXODUS_BIN" --quiet --format json --config "$work/exodus.toml" \
        move --client "$client" --from monolith --to shard "$@" >"$work/summary"
}

# The ways of exodus, and what a move is told for each.
declare -A options=([exodus]='' [streams]='--streams 2' [enforced]='--integrity enforced')
exodus_ways() {
    echo exodus
    if "$EXODUS_BIN" move --help | grep -q -e --streams; then echo streams; fi
    echo enforced
}

# by_exodus SOURCE TARGET ROOT: one round of each of its ways
by_exodus() {
    local way
    for way in $(exodus_ways); do
        # shellcheck disable=SC2086 # several words
        fresh && config "$1" "$2" "$3" && timed "$way" move "$way" 42 ${options[$way]} && compared "$way"
        [[ $way != exodus ]] || steps
    done
}

# series URL-of-source URL-of-target ROOT FILL PIPE: a client of each size, by exodus and by hand. A client of ten million rows
# takes minutes each time: once is enough.
series() {
    local size number=0 first_rental=$((rentals + 1)) first_track=$((tracks + 1)) count turns
    : >"$work/series-$engine"
    for size in "${sizes[@]}"; do
        client=$((1000 + number++)) count=$((size / 50))
        "$4" "$client" "$count" "$first_rental" "$((size - count - 1))" "$first_track"
        first_rental=$((first_rental + count)) first_track=$((first_track + size))
    done
    analyze
    number=0
    for size in "${sizes[@]}"; do
        client=$((1000 + number++)) turns=$rounds
        ((size < 10000000)) || turns=1
        for ((round = 0; round < turns; round++)); do
            fresh && config "$1" "$2" "$3" && timed "exodus-$size" move "exodus-$size" "$client" && compared exodus
            fresh && timed "pipe-$size" "$5" && compared pipe
        done
        echo "$size $(median <"$work/time/$engine/exodus-$size") $(median <"$work/time/$engine/pipe-$size") $(mebibytes "$engine" "exodus-$size")" \
            >>"$work/series-$engine"
    done
}

# mebibytes ENGINE NAME: the most that a way of exodus has taken
mebibytes() { echo $(($(sort -n "$work/memory/$1/$2" | tail -n 1) / 1024)); }

# What needs no server: each line that cargo bench has printed.
measure_pure() { cargo bench --quiet -p exodus-benches >"$work/pure"; }

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
