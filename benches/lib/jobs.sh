# Sourced by benches/many: what was measured, as text, as tables in docs/many-clients.md and as a drawing.
# shellcheck shell=bash disable=SC2154

# line WAY FORMAT: clients/s, rows/s, seconds a client, and times the clients/s of one script by hand
line() {
    awk -v s="$(median <"$work/time-$engine-$1")" -v h="$(median <"$work/time-$engine-hand-${hand%% *}")" -v n="$clients" \
        -v r="$owned" -v format="$2" 'BEGIN { printf format, n / s, n * r / s, s / n, h / s }'
}
peak() { # peak JOBS: MiB
    echo $(($(sort -n "$work/memory-$engine-$1" | tail -n 1) / 1024))
}
# each_step JOBS FORMAT: the mean of each step
each_step() {
    awk -v format="$2" '{ sum[$1] += $2; n[$1]++ } END {
        split("preflight freeze copy prove verify switch", order, " ")
        for (at = 1; at <= 6; at++) if (n[order[at]]) printf format, order[at], sum[order[at]] / n[order[at]] }' \
        "$work/steps-$engine-$1"
}

tell_many() {
    local number
    printf '%s: %d clients of %d rows, median of %d rounds, load average %s\n' "$engine" "$clients" "$owned" "$rounds" \
        "$(cut -d' ' -f1-3 /proc/loadavg)"
    for number in $hand; do
        printf '  %-18s' "by hand, $number at once"
        line "hand-$number" '%6.1f clients/s  %8d rows/s  %7.4f s each  × %.2f\n'
    done
    for number in $jobs; do
        printf '  %-18s' "exodus --jobs $number"
        line "exodus-$number" '%6.1f clients/s  %8d rows/s  %7.4f s each  × %.2f'
        printf '  %d MiB\n' "$(peak "$number")"
    done
    printf '  a client of --jobs %s:' "${jobs%% *}"
    each_step "${jobs%% *}" ' %s %.3f s'
    echo
    page_of_many >"$work/page-$engine"
    for number in $jobs; do
        line "exodus-$number" "$number %.3f\n"
    done >"$work/jobs-$engine"
    line "hand-${hand%% *}" '%.3f\n' >"$work/by-hand-$engine"
}

page_of_many() {
    local number
    printf '\n%s, %d clients of %d rows:\n\n' "$(cat "$work/version-$engine")" "$clients" "$owned"
    printf '| | clients/s | rows/s | seconds a client | times the script | memory |\n|---|---:|---:|---:|---:|---:|\n'
    for number in $hand; do
        printf '| script by hand, %d at a time ' "$number"
        line "hand-$number" '| %.1f | %d | %.3f | %.2f | |\n'
    done
    for number in $jobs; do
        printf '| exodus --jobs %d ' "$number"
        line "exodus-$number" '| %.1f | %d | %.3f | %.2f '
        printf '| %d MiB |\n' "$(peak "$number")"
    done
    printf '\nSeconds of one client with --jobs %s:%s.\n' "${jobs%% *}" "$(each_step "${jobs%% *}" ' %s %.3f,' | sed 's/,$//')"
}

# Replaces what stands between the two marks in the page.
write_many() {
    local page=docs/many-clients.md
    {
        sed '/^<!-- benches\/many -->$/q' "$page"
        printf 'Written by `benches/many %s`: medians of %d rounds in turn, %d cores (%s) for servers and clients alike; load average at the end %s.\n\n' \
            "${asked[*]}" "$rounds" "$(nproc)" "$(sed -nE 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)" \
            "$(cut -d' ' -f1-3 /proc/loadavg)"
        printf '![clients per second against jobs](many-clients.svg)\n'
        for engine in "${engines[@]}"; do cat "$work/page-$engine"; done
        echo
        sed -n '/^<!-- end -->$/,$p' "$page"
    } >"$work/page"
    cp "$work/page" "$page"
    drawing_of_jobs >docs/many-clients.svg
}

# A line per engine over the jobs, and a dashed one at what one script by hand makes.
drawing_of_jobs() {
    local at=0 top colours=('#1f5fa8' '#c2571a' '#2e7d4f' '#7a4a9e')
    top=$(cat "$work"/jobs-* "$work"/by-hand-* | awk '{ if ($NF > top) top = $NF } END {
        step = 1; while (top > 5 * step) step *= 2; print step * 5 }')
    cat <<'SVG'
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" font-family="sans-serif" font-size="12">
<title>Clients per second against jobs</title>
<rect width="640" height="400" fill="white"/>
SVG
    awk -v top="$top" 'BEGIN {
        for (e = 0; e <= 4; e++) {
            x = 60 + e * 105
            printf "<path d=\"M%d 30V350\" stroke=\"#ddd\"/><text x=\"%d\" y=\"368\" text-anchor=\"middle\">%d</text>\n", x, x, 2 ^ e
        }
        for (e = 0; e <= 5; e++) {
            y = 350 - e * 64
            printf "<path d=\"M60 %dH480\" stroke=\"#ddd\"/><text x=\"54\" y=\"%d\" text-anchor=\"end\">%d</text>\n", y, y + 4, e * top / 5
        }
        print "<text x=\"270\" y=\"390\" text-anchor=\"middle\">jobs</text><text x=\"60\" y=\"20\">clients/s</text>" }'
    for engine in "${engines[@]}"; do
        awk -v top="$top" -v hand="$(cat "$work/by-hand-$engine")" -v colour="${colours[at]}" -v at="$at" -v name="$(title "$engine")" '
            { x = 60 + log($1) / log(2) * 105; y = 350 - $2 / top * 320
              path = path (NR == 1 ? "M" : "L") sprintf("%.1f %.1f", x, y)
              dots = dots sprintf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x, y, colour) }
            END {
                printf "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%s\n", path, colour, dots
                y = 350 - hand / top * 320
                printf "<path d=\"M60 %.1fH480\" stroke=\"%s\" stroke-width=\"1.5\" stroke-dasharray=\"5 4\"/>\n", y, colour
                printf "<path d=\"M495 %dh24\" stroke=\"%s\" stroke-width=\"2\"/><text x=\"525\" y=\"%d\">%s</text>\n", 50 + at * 40, colour, 54 + at * 40, name
                printf "<path d=\"M495 %dh24\" stroke=\"%s\" stroke-width=\"1.5\" stroke-dasharray=\"5 4\"/><text x=\"525\" y=\"%d\">one script</text>\n", 66 + at * 40, colour, 70 + at * 40
            }' "$work/jobs-$engine"
        at=$((at + 1))
    done
    echo '</svg>'
}
