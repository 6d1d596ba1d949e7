#!/usr/bin/env bash
# Every litmus test, both directions: an allowed outcome must be found, a forbidden one must not. Both by reduction and by brute
# force, which must agree on the set of outcomes.
#   litmus_test.sh COMPILER [EXPLORER]
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Bazel gives the script a name and a place of its own.
[ -z "${TEST_SRCDIR:-}" ] || here=$TEST_SRCDIR/$TEST_WORKSPACE/formal/explore/litmus
# shellcheck source=formal/explore/check/setup.sh
. "$here/../check/setup.sh" "$@"

build "$here/litmus.c" litmus
gcc -std=c11 -w -DLIST "$here/litmus.c" -o "$work/list" -pthread || fail "the list does not build"

count=0 wrong=0
while read -r name verdict outcome; do
    count=$((count + 1))
    for mode in exhaustive brute; do
        "$bin" --quiet --mode=$mode --outcomes="$work/$mode" "$work/litmus/program.so" "$name" >"$work/out" || {
            echo "$name ($mode): $(tail -1 "$work/out")"
            wrong=$((wrong + 1))
        }
    done
    cmp -s "$work/exhaustive" "$work/brute" || { echo "$name: reduction and brute force disagree"; wrong=$((wrong + 1)); }
    # An outcome nobody could record would be forbidden for ever.
    names=$(tr -cd 'a-z ' <<<"$outcome") seen=$(head -1 "$work/exhaustive" | tr -cd 'a-z ')
    [ "$names" = "$seen" ] || { echo "$name: the outcome names $names, the program records $seen"; wrong=$((wrong + 1)); }
    # clang passes weak and strong compare-exchanges alike: they are explored as strong.
    case $1,$name in clang*,CAS_weak_spurious) verdict=FORBIDDEN ;; esac
    found=FORBIDDEN
    grep -qxF -- "$outcome" "$work/exhaustive" && found=ALLOWED
    [ $found = "$verdict" ] || { echo "$name: $outcome is $verdict, the explorer says $found"; wrong=$((wrong + 1)); }
done < <("$work/list")

echo "litmus ($1): $count tests, $wrong wrong"
[ $count -ge 80 ] && [ $wrong -eq 0 ]
