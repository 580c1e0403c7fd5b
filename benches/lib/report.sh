# Sourced by benches/run: what was measured, as text, as a page and as a drawing.
# shellcheck shell=bash disable=SC2154

declare -A label=(
    [exodus]='exodus' [streams]='exodus, 2 streams' [enforced]='exodus, enforced' [pipe]='pipe'
    [unchecked]='pipe, unchecked' [script]='script' [dump]='dump' [ceiling]='load alone'
)

# ways ENGINE: those that were measured, in the order of the table
ways() { for way in exodus streams enforced pipe unchecked script dump ceiling; do [[ ! -f $work/time/$1/$way ]] || echo "$way"; done; }
rows_of() { if [[ $1 == ceiling ]]; then echo "$rows"; else echo "$owned"; fi; }

tell() { # tell ENGINE: medians, and how much faster exodus is
    local way first
    first=$(median <"$work/time/$1/exodus")
    printf '%s: client of %d rows, median of %d rounds\n' "$1" "$owned" "$rounds"
    for way in $(ways "$1"); do
        awk -v n="${label[$way]}" -v s="$(median <"$work/time/$1/$way")" -v f="$first" -v r="$(rows_of "$way")" \
            'BEGIN { printf "  %-18s %7.2f s  %9d rows/s   exodus is %.2f times as fast\n", n, s, r / s, s / f }'
    done
    printf '  of which'
    tell_steps "$1" ' %s %.2f s'
    printf '\n  peak memory of exodus: %d MiB\n' "$(mebibytes "$1" exodus)"
    goals "$1" '  %s: %.2f (goal: %s)\n'
    [[ -z $series ]] || awk '{ printf "  %9d rows: exodus %.3f s, %d rows/s, %d MiB; pipe %.3f s, %d rows/s\n", $1, $2, $1 / $2, $4, $3, $1 / $3 }' "$work/series-$1"
}

# goals ENGINE FORMAT: what was asked of the project, and what this run has reached
goals() {
    local way seconds=()
    for way in exodus streams enforced pipe unchecked dump; do
        seconds+=(-v "$way=$(if [[ -f $work/time/$1/$way ]]; then median <"$work/time/$1/$way"; else echo 0; fi)")
    done
    awk "${seconds[@]}" -v verify="$(median <"$work/steps/$1-verify")" -v format="$2" -v engine="$1" '
        function goal(what, of, to, asked) { if (of > 0 && to > 0) printf format, what, of / to, asked }
        BEGIN {
            if (engine == "postgres") {
                goal("rows/s of exodus ÷ those of the pipe", pipe, exodus, "at least 3")
                goal("rows/s of exodus ÷ those of the unchecked pipe", unchecked, exodus, "at least 0.9")
                goal("rows/s of exodus, enforced ÷ those of the pipe", pipe, enforced, "at least 1.0")
            } else {
                best = (dump > 0 && dump < pipe) ? dump : pipe
                goal("rows/s of exodus ÷ those of the best way by hand that checks rows", best, exodus, "at least 1.1")
            }
            goal("rows/s of two streams ÷ those of one", exodus, streams, "at least 1.4")
            goal("time of the verification ÷ that of everything else", verify, exodus - verify, "at most 0.33")
        }'
}

tell_steps() { # tell_steps ENGINE FORMAT
    local step
    for step in freeze preflight copy prove verify switch; do
        # shellcheck disable=SC2059
        [[ ! -f $work/steps/$1-$step ]] || printf "$2" "$step" "$(median <"$work/steps/$1-$step")"
    done
}

# Said where other programs had the processors too.
busy() {
    local said='The machine was busy with other work: what ran in turn may be compared, but not one table with another.'
    awk -v cores="$(nproc)" -v said="$said" '$1 > 1.5 * cores { print said }' /proc/loadavg
}

write_page() {
    {
        cat <<PAGE
# How fast a move is

Written by \`benches/run ${asked[*]}\`. The numbers are of one machine; run it on yours.

$(nproc) cores ($(sed -nE 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)), servers, files and clients all on it; $("$EXODUS_BIN" --version). Load average at the end: $(cut -d' ' -f1-3 /proc/loadavg).
$(busy)
The servers don't wait for a disk, and every connection is encrypted, those by hand too.

A move by exodus freezes the client, looks for what stands against it, copies, proves every relation, reads every column of
every row again on both sides, and switches; all of that is in its time. By hand means one statement per table through the
servers' own clients: a copy, and nothing that looks after it. The rows are equal after each.
PAGE
        for engine in "${engines[@]}"; do page_of "$engine"; done
        [[ -z $series ]] || printf '\n## Small and large clients\n\nStart to end, with the start of the programs.\n\n![rows per second against rows of the client](performance.svg)\n'
        for engine in "${engines[@]}"; do [[ -z $series ]] || series_of "$engine"; done
        [[ ! -f $work/pure ]] || pure_of
        if [[ -f benches/lib/why.md ]]; then printf '\n' && cat benches/lib/why.md; fi
    } >docs/performance.md
    [[ -z $series ]] || drawing >docs/performance.svg
}

page_of() {
    local way first
    first=$(median <"$work/time/$1/exodus")
    printf '\n## %s\n\n%s. One client of %d rows in three tables, %d of them in one; half of the monolith. Median of %d rounds in turn.\n\n' \
        "$(title "$1")" "$(cat "$work/version-$1")" "$owned" "$rows" "$rounds"
    printf '| way | seconds | rows/s | its time ÷ that of exodus | memory of exodus |\n|---|---:|---:|---:|---:|\n'
    for way in $(ways "$1"); do
        awk -v n="${label[$way]}" -v s="$(median <"$work/time/$1/$way")" -v f="$first" -v r="$(rows_of "$way")" \
            -v m="$([[ ! -f $work/memory/$1/$way ]] || echo "$(mebibytes "$1" "$way") MiB")" \
            'BEGIN { printf "| %s | %.2f | %d | %.2f | %s |\n", n, s, r / s, s / f, m }'
    done
    printf '\nSeconds by step while the client is frozen, with one stream:%s.\n' "$(tell_steps "$1" ' %s %.2f,' | sed 's/,$//')"
    printf '\n| what is asked | reached | goal |\n|---|---:|---|\n'
    goals "$1" '| %s | %.2f | %s |\n'
}
title() {
    case $1 in
    postgres) echo PostgreSQL ;;
    mariadb) echo MariaDB ;;
    mysql) echo MySQL ;;
    sqlite) echo SQLite ;;
    esac
}
series_of() {
    printf '\n%s:\n\n| rows | exodus, s | rows/s | memory | pipe, s | rows/s |\n|---:|---:|---:|---:|---:|---:|\n' "$(title "$1")"
    awk '{ printf "| %d | %.3f | %d | %d MiB | %.3f | %d |\n", $1, $2, $1 / $2, $4, $3, $1 / $3 }' "$work/series-$1"
}

pure_of() {
    printf '\n## Without a server\n\n`cargo bench -p exodus-benches`, one thread:\n\n```text\n'
    sed -E 's/[[:space:]]+$//' "$work/pure"
    printf '```\n'
}

# Two lines per engine over logarithmic axes, 10² to 10⁷ rows and 10 to 10⁶ rows/s.
drawing() {
    cat <<'SVG'
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" font-family="sans-serif" font-size="12">
<title>Rows per second against rows of the client</title>
<rect width="640" height="400" fill="white"/>
SVG
    awk 'BEGIN {
        for (e = 2; e <= 7; e++) {
            x = 60 + (e - 2) * 84; y = 350 - (e - 2) * 64
            printf "<path d=\"M%d 30V350\" stroke=\"#ddd\"/><text x=\"%d\" y=\"368\" text-anchor=\"middle\">%d</text>\n", x, x, 10 ^ e
            printf "<path d=\"M60 %dH480\" stroke=\"#ddd\"/><text x=\"54\" y=\"%d\" text-anchor=\"end\">%d</text>\n", y, y + 4, 10 ^ (e - 1)
        }
        print "<text x=\"270\" y=\"390\" text-anchor=\"middle\">rows of the client</text><text x=\"60\" y=\"20\">rows/s</text>" }'
    local at=0 engine column
    local colours=('#1f5fa8' '#c2571a' '#2e7d4f')
    for engine in "${engines[@]}"; do
        for column in 2 3; do
            awk -v c="$column" -v colour="${colours[at / 2]}" -v at="$at" -v name="$(title "$engine"), $([[ $column == 2 ]] && echo exodus || echo pipe)" '
                function log10(v) { return log(v) / log(10) }
                { x = 60 + (log10($1) - 2) * 84; y = 350 - (log10($1 / $c) - 1) * 64
                  path = path (NR == 1 ? "M" : "L") sprintf("%.1f %.1f", x, y) }
                END {
                    dash = (c == 3) ? " stroke-dasharray=\"5 4\"" : ""
                    printf "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s/>\n", path, colour, dash
                    printf "<path d=\"M495 %dh24\" stroke=\"%s\" stroke-width=\"2\"%s/><text x=\"525\" y=\"%d\">%s</text>\n", 50 + at * 20, colour, dash, 54 + at * 20, name
                }' "$work/series-$engine"
            at=$((at + 1))
        done
    done
    echo '</svg>'
}
