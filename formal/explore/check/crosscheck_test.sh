#!/usr/bin/env bash
# Random programs: the reduction must visit the same complete and blocked graphs as brute force, each once, and give the same
# verdict and outcomes.
#   crosscheck_test.sh COMPILER [EXPLORER]   ($CROSSCHECK_PROGRAMS of each kind, 8)
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Bazel gives the script a name and a place of its own.
[ -z "${TEST_SRCDIR:-}" ] || here=$TEST_SRCDIR/$TEST_WORKSPACE/formal/explore/check
# shellcheck source=formal/explore/check/setup.sh
. "$here/setup.sh" "$@"
per_kind=${CROSSCHECK_PROGRAMS:-8}
build "$here/random_program.c" random
program=$work/random/program.so

# threads, operations, locations, kinds of operation, options of the explorer
kinds=(
    "2 4 2 ls" "3 3 2 lsf" "3 3 2 lsucf" "3 3 1 lsuc" "2 5 2 lsucfi" "3 2 2 lsmi" "3 2 2 mw" "2 4 2 lsucfaimx" "3 3 2 lswu"
    "3 3 2 lsa" "4 2 2 lsu" "3 2 1 mlwx" "3 3 2 cli --spurious-cas=2" "3 3 2 lsf --spurious-cas=0" "2 3 1 lspq"
    "2 2 1 lpqs --spurious-wakes=1" "2 2 1 pqq --spurious-wakes=1"
)

explore() { # MODE SEED THREADS OPERATIONS LOCATIONS KINDS [OPTION]
    local mode=$1
    shift
    timeout 60 "$bin" --quiet --mode="$mode" --graphs="$work/$mode.graphs" \
        --outcomes="$work/$mode.outcomes" "${@:6}" "$program" \
        "${@:1:5}" >"$work/$mode.out"
}

programs=0 graphs=0 violations=0 wrong=0
differ() { echo "seed $seed, kind $kind: $*"; wrong=$((wrong + 1)); }
for kind in "${kinds[@]}"; do
    read -r -a words <<<"$kind"
    for seed in $(seq 1 "$per_kind"); do
        explore exhaustive "$seed" "${words[@]}"; verdict=$?
        explore brute "$seed" "${words[@]}"; brute=$?
        programs=$((programs + 1))
        [ $verdict -eq $brute ] || differ "verdicts $verdict and $brute"
        # After a violation (here: a deadlock) both stop at the first they meet.
        [ $verdict -eq 1 ] && { violations=$((violations + 1)); continue; }
        [ $verdict -eq 0 ] || [ -s "$work/exhaustive.graphs" ] || differ "nothing explored"
        [ -z "$(sort "$work/exhaustive.graphs" | uniq -d)" ] || differ "a graph was visited twice"
        cmp -s <(sort "$work/exhaustive.graphs") <(sort -u "$work/brute.graphs") || differ "different graphs"
        cmp -s "$work/exhaustive.outcomes" "$work/brute.outcomes" || differ "different outcomes"
        graphs=$((graphs + $(wc -l <"$work/exhaustive.graphs")))
    done
done
# Cutting loops that only wait must lose no outcome: unrolled as far as a bound allows they give the same ones.
unrolled=0
for kind in "2 2 2 lsw" "2 3 2 sw" "2 2 1 swu"; do
    read -r -a words <<<"$kind"
    for seed in $(seq 1 "$per_kind"); do
        explore exhaustive "$seed" "${words[@]}" || continue # a livelock: nothing to compare
        cp "$work/exhaustive.outcomes" "$work/cut.outcomes"
        explore exhaustive "$seed" "${words[@]}" --unroll --events=9
        cmp -s "$work/cut.outcomes" "$work/exhaustive.outcomes" || differ "unrolling changes the outcomes"
        grep -q 'bound hit' "$work/exhaustive.out" && unrolled=$((unrolled + 1))
    done
done
[ $unrolled -gt 0 ] || differ "no loop was unrolled"
echo "cross-check ($1): $programs programs, $graphs graphs, $violations deadlocks, $wrong wrong"
[ $wrong -eq 0 ] && [ $graphs -gt $((programs * 5)) ]
