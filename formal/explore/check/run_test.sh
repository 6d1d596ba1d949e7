#!/usr/bin/env bash
# What `run` promises: its exit statuses, the trace a person reads, the progress line, and what the modes that are not exhaustive
# say.
#   run_test.sh COMPILER [EXPLORER]
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Bazel gives the script a name and a place of its own.
[ -z "${TEST_SRCDIR:-}" ] || here=$TEST_SRCDIR/$TEST_WORKSPACE/formal/explore/check
# shellcheck source=formal/explore/check/setup.sh
. "$here/setup.sh" "$@"
cases=$explore_dir/cases

count=0 wrong=0
bad() { echo "$*"; tail -5 "$work/out"; wrong=$((wrong + 1)); }

# expect STATUS WORDS ARGUMENT...: the status of run, and an extended regular expression that some line of its output matches.
expect() {
    local status=$1 words=$2
    shift 2
    count=$((count + 1))
    timeout 600 "$explore_dir/run" --cc="$compiler" "$@" >"$work/out" 2>&1
    local got=$?
    [ $got -eq "$status" ] || bad "run $*: status $got instead of $status"
    grep -qE "$words" "$work/out" || bad "run $*: no line like \"$words\""
}

printf 'int main(void) { return nothing; }\n' >"$work/broken.c"
printf '#ifndef ASKED\n#error\n#endif\n#include <assert.h>\nint main(int n, char **v) { assert(n == 3 && v[2][0] == 98); return 0; }\n' \
    >"$work/arguments.c"
printf 'int other(void);\nint main(void) { return other(); }\n' >"$work/one.c"
printf 'int other(void) { return 0; }\n' >"$work/two.c"

# Exit statuses.
expect 0 '^result: safe within 1 spurious CAS, 1 spurious wake, 1 timeout, 0 clock jumps, no address reuse \(' "$cases/mutex_protects.c"
expect 0 'safe' "$work/one.c" "$work/two.c"
expect 0 'safe' --args="a b" "$work/arguments.c" -- -DASKED
expect 1 '^violation: data race' "$cases/race.c"
expect 2 '^result: undecided: bound hit: executions' --executions=1 "$cases/once.c"
expect 2 '^result: undecided: the program calls what is not modelled' "$cases/unmodelled_call.c"
expect 3 'does not compile' "$work/broken.c"
expect 3 'usage' --no-such-option "$cases/once.c"
expect 3 'usage' --time=long "$cases/once.c"
expect 3 'usage' --executions=1o "$cases/once.c"
expect 3 'no source file'
expect 3 'usage' --help
expect 3 'is not installed' --cc=no-such-compiler "$cases/once.c"

# An object that is kept is taken from there, but not for another version of the compiler.
mkdir "$work/objects"
kept=""
printf '#!/bin/sh\n[ "$1" = --version ] && cat "$0.version" && exit\nexec %s "$@"\n' "$compiler" >"$work/compiler"
chmod +x "$work/compiler"
for version in 1 1 2; do
    echo "$version" >"$work/compiler.version"
    expect 0 safe --cc="$work/compiler" --objects="$work/objects" "$work/two.c" "$work/one.c"
    kept+=" $(find "$work/objects" -name '*.o' | wc -l)"
done
[ "$kept" = " 2 2 4" ] || bad "objects kept after each of three runs, the last with another compiler:$kept"

# The trace: thread, file:line, operation, order, value, and the store it reads from.
expect 1 '^ +[0-9]+ +thread 2 +race_after_relaxed_flag\.c:[0-9]+ .*load +relaxed .* = 1 +reads from step [0-9]+ \(thread 1\)' \
    "$cases/race_after_relaxed_flag.c"

# Undecided, unless they find something. So many preemptions that none was refused are all there are.
expect 1 'data race' --mode=random --seed=1 "$cases/race_after_relaxed_flag.c"
expect 2 'a random sample found nothing' --mode=random --executions=50 "$cases/mutex_protects.c"
expect 2 'a random sample found nothing.*; and not all of them were drawn from: more than 512 seq_cst' --mode=random --executions=20 "$cases/too_many_sc.c"
expect 2 'bound hit: preemptions' --mode=bounded --preemptions=0 "$cases/mutex_protects.c"
expect 0 'safe' --mode=bounded --preemptions=50 "$cases/mutex_protects.c"
expect 1 'deadlock' --mode=bounded --preemptions=1 "$cases/lock_order.c"

# Random priorities alone never take a turn from a thread that could go on; each change of a priority does so once, and takes place
# however many events a turn adds.
expect 2 'a random sample found nothing' --mode=random --depth=0 --executions=400 "$cases/preempted_between_locks.c"
expect 1 'assertion' --mode=random --depth=1 --executions=4000 "$cases/preempted_between_locks.c"
printf '#include <stdatomic.h>\nint main(void) { static atomic_int n; for (int i = 0; i < 60; i++) { n++; } return 0; }\n' >"$work/adds.c"
expect 2 'found nothing with 150 changes of priority' --mode=random --depth=3 --executions=50 "$work/adds.c"
expect 2 'bound hit: preemptions' --mode=bounded --preemptions=0 "$cases/preempted_between_locks.c"
expect 1 'assertion' --mode=bounded --preemptions=1 "$cases/preempted_between_locks.c"

# The progress line is for a terminal: one is made for it.
build "$explore_dir/examples/parking_lock.c" parking
count=$((count + 1))
python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' "$bin" --time=2 --spurious-wakes=3 "$work/parking/program.so" >"$work/out" 2>&1
grep -qE '[0-9]+ complete, [0-9]+ blocked, [0-9]+ dropped, [0-9]+ executions/s' "$work/out" || bad "no progress line"

echo "run ($compiler): $count runs, $wrong wrong"
[ $count -ge 15 ] && [ $wrong -eq 0 ]
