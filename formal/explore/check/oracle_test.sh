#!/usr/bin/env bash
# Random programs: the explorer must find as many graphs, and exactly the outcomes, as the axioms of RC11 taken literally
# (oracle.c).
#   oracle_test.sh COMPILER [EXPLORER]   ($ORACLE_PROGRAMS of each kind, 25)
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Bazel gives the script a name and a place of its own.
[ -z "${TEST_SRCDIR:-}" ] || here=$TEST_SRCDIR/$TEST_WORKSPACE/formal/explore/check
# shellcheck source=formal/explore/check/setup.sh
. "$here/setup.sh" "$@"
per_kind=${ORACLE_PROGRAMS:-25}
build "$here/random_program.c" random
gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror "$here/oracle.c" -o "$work/oracle" || fail "the oracle does not build"

# threads, operations, locations, kinds of operation
kinds=("2 3 2 ls" "2 4 2 lsf" "3 3 2 lsf" "3 2 2 lsuf" "2 3 2 lsucfi" "3 2 1 lsuc" "4 2 2 lsf" "3 3 3 lssf" "2 3 2 luf"
    "2 7 2 lsaB" "3 3 2 lsuaB" "2 4 2 lsaf"
    "2 2 1 my" "2 4 1 yff" "2 4 1 ylsf" "3 1 1 my"
    "2 2 1 lpq" "3 1 1 pq")

# For these the axioms take more than 3 seconds, or minutes.
declare -A slow=(["2 4 1 yff"]=" 3 9 12 25 " ["2 4 1 ylsf"]=" 6 8 10 " ["2 2 1 lpq"]=" 8 " ["3 1 1 pq"]=" 2 4 6 9 18 22 ")

programs=0 graphs=0 wrong=0
differ() { echo "seed $seed, kind $kind: $*"; wrong=$((wrong + 1)); }
for kind in "${kinds[@]}"; do
    read -r -a words <<<"$kind"
    for seed in $(seq 1 "$per_kind"); do
        [[ ${slow[$kind]:-} != *" $seed "* ]] || continue
        timeout 600 "$work/oracle" "$seed" "${words[@]}" >"$work/expected" 2>"$work/count" || { differ "the oracle gives up"; continue; }
        rm -f "$work/found"
        # Whoever is never woken waits for a deadline that does not come: such executions are nobody's.
        "$bin" --quiet --spurious-cas=0 --spurious-wakes=0 --timeouts=0 --outcomes="$work/found" "$work/random/program.so" "$seed" "${words[@]}" >"$work/out" ||
            grep -q '^result: undecided: bound hit: timeouts per execution' "$work/out" || differ "$(tail -n 1 "$work/out")"
        complete=$(sed -n 's/.*(\([0-9]*\) complete.*/\1/p' "$work/out")
        [ "$complete" = "$(cat "$work/count")" ] || differ "$complete graphs, the axioms have $(cat "$work/count")"
        cmp -s "$work/expected" "$work/found" || differ "different outcomes"
        programs=$((programs + 1)) graphs=$((graphs + complete))
    done
done
echo "oracle ($1): $programs programs, $graphs graphs, $wrong wrong"
[ $wrong -eq 0 ] && [ $graphs -gt $((programs * 3)) ]
