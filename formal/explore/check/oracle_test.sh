#!/usr/bin/env bash
# Random programs: the explorer must find as many graphs, and exactly the outcomes, as the axioms of RC11 taken literally
# (oracle.c).
#   oracle_test.sh COMPILER [EXPLORER]   ($ORACLE_PROGRAMS of each kind, 25; half as many with clang: the explorer is the same)
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Bazel gives the script a name and a place of its own.
[ -z "${TEST_SRCDIR:-}" ] || here=$TEST_SRCDIR/$TEST_WORKSPACE/formal/explore/check
# shellcheck source=formal/explore/check/setup.sh
. "$here/setup.sh" "$@"
case ${1:-} in clang*) per_kind=12 ;; *) per_kind=25 ;; esac
per_kind=${ORACLE_PROGRAMS:-$per_kind}
build "$here/random_program.c" random
gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror "$here/oracle.c" -o "$work/oracle" || fail "the oracle does not build"

# threads, operations, locations, kinds of operation, timeouts and spurious returns (else none)
kinds=("2 3 2 ls" "2 4 2 lsf" "3 3 2 lsf" "3 2 2 lsuf" "2 3 2 lsucfi" "3 2 1 lsuc" "4 2 2 lsf" "3 3 3 lssf" "2 3 2 luf"
    "2 7 2 lsaB" "3 3 2 lsuaB" "2 4 2 lsaf"
    "2 2 1 my" "2 4 1 yff" "2 4 1 ylsf" "3 1 1 my"
    "2 2 1 lpq" "3 1 1 pq"
    "2 1 1 pqs 1 1" "2 2 1 pqs 1 1" "2 2 1 lpq 0 1" "3 1 1 pq 1 0"
    "3 1 1 vb" "2 1 1 vb 0 1" "2 2 1 vbs 0 1"
    "2 2 1 olu" "3 1 1 olu" "2 2 1 om")

# For these the axioms take long: more than 0.3 seconds with timeouts, conditions or once, else 3 or minutes.
declare -A slow=(["2 4 1 yff"]=" 3 9 12 25 " ["2 4 1 ylsf"]=" 6 8 10 " ["2 2 1 lpq"]=" 8 " ["3 1 1 pq"]=" 2 4 6 9 18 22 "
    ["2 2 1 pqs 1 1"]=" 3 4 9 12 25 " ["2 2 1 lpq 0 1"]=" 8 10 13 16 19 20 21 " ["3 1 1 pq 1 0"]=" 2 4 6 9 18 22 "
    ["3 1 1 vb"]=" 8 10 11 14 20 23 24 " ["2 2 1 vbs 0 1"]=" 3 4 6 7 9 10 11 12 13 19 20 24 25 ")

programs=0 graphs=0 wrong=0
differ() { echo "seed $seed, kind $kind: $*"; wrong=$((wrong + 1)); }
for kind in "${kinds[@]}"; do
    read -r -a words <<<"$kind"
    program=("${words[@]:0:4}") timeouts=${words[4]:-0} wakes=${words[5]:-0}
    for seed in $(seq 1 "$per_kind"); do
        [[ ${slow[$kind]:-} != *" $seed "* ]] || continue
        timeout 600 "$work/oracle" "$seed" "${program[@]}" "$timeouts" "$wakes" >"$work/expected" 2>"$work/count" || { differ "the oracle gives up"; continue; }
        rm -f "$work/found"
        # Whoever is never woken waits for a deadline that does not come, or for good: such executions are nobody's.
        "$bin" --quiet --spurious-cas=0 --spurious-wakes="$wakes" --timeouts="$timeouts" --count-deadlocks --outcomes="$work/found" \
            "$work/random/program.so" "$seed" "${program[@]}" >"$work/out" ||
            grep -qE '^result: (undecided: bound hit: timeouts per execution|undecided: no execution was complete|violation: .* times deadlock)' "$work/out" ||
            differ "$(tail -n 1 "$work/out")"
        complete=$(sed -n 's/.*(\([0-9]*\) complete.*/\1/p' "$work/out")
        [ "$complete" = "$(cat "$work/count")" ] || differ "$complete graphs, the axioms have $(cat "$work/count")"
        cmp -s "$work/expected" "$work/found" || differ "different outcomes"
        programs=$((programs + 1)) graphs=$((graphs + complete))
    done
done
echo "oracle ($1): $programs programs, $graphs graphs, $wrong wrong"
[ $wrong -eq 0 ] && [ $graphs -gt $((programs * 3)) ]
