#!/usr/bin/env bash
# Each program in cases/ says in its first line what run must answer: status, words of the result line, options.
# A violation must also replay from its trace file to the same violation.
#   cases_test.sh COMPILER [EXPLORER]
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Bazel gives the script a name and a place of its own.
[ -z "${TEST_SRCDIR:-}" ] || here=$TEST_SRCDIR/$TEST_WORKSPACE/formal/explore/check
# shellcheck source=formal/explore/check/setup.sh
. "$here/setup.sh" "$@"

count=0 wrong=0
bad() { echo "$name: $*"; tail -3 "$work/out"; wrong=$((wrong + 1)); }
for file in "$explore_dir"/cases/*.c; do
    name=$(basename "$file" .c)
    line=$(head -1 "$file")
    case $line in *"only: gcc"*) case $compiler in gcc*) ;; *) continue ;; esac ;; esac
    status=$(sed -n 's/.*expect: \([0-9]\).*/\1/p' <<<"$line")
    words=$(sed -n 's/.*expect: [0-9] \([^;*]*[^;* ]\).*/\1/p' <<<"$line")
    read -r -a options <<<"$(sed -n 's/.*options: \([^;*]*\).*/\1/p' <<<"$line")"
    count=$((count + 1))
    if [ -z "$status" ] || [ -z "$words" ]; then
        bad "its first line says nothing to expect"
        continue
    fi
    rm -f "$work/trace"
    timeout 600 "$explore_dir/run" --quiet --cc="$compiler" --keep="$work/case" --trace="$work/trace" ${options[@]+"${options[@]}"} "$file" \
        >"$work/out" 2>&1
    got=$?
    [ $got -eq "$status" ] || { bad "exit status $got instead of $status"; continue; }
    grep '^result:' "$work/out" | grep -qF "$words" || { bad "the result does not say \"$words\""; continue; }
    [ $got -eq 1 ] || continue
    timeout 600 "$bin" --quiet --replay="$work/trace" ${options[@]+"${options[@]}"} "$work/case/program.so" >"$work/out" 2>&1
    replayed=$?
    if [ $replayed -ne 1 ] || ! grep '^result:' "$work/out" | grep -qF "$words"; then bad "its trace does not replay"; fi
done
echo "cases ($1): $count programs, $wrong wrong"
[ $count -ge 40 ] && [ $wrong -eq 0 ]
