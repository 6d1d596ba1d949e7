#!/usr/bin/env bash
# The examples are safe; each example with one order or step weakened is not. A fence or order
# that could go without being missed would make the example prove nothing.
#   examples_test.sh COMPILER [EXPLORER]
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Bazel gives the script a name and a place of its own.
[ -z "${TEST_SRCDIR:-}" ] || here=$TEST_SRCDIR/$TEST_WORKSPACE/formal/explore/check
# shellcheck source=formal/explore/check/setup.sh
. "$here/setup.sh" "$@"
examples=$explore_dir/examples

wrong=0 runs=0
bad() { echo "$*"; tail -2 "$work/out"; wrong=$((wrong + 1)); }
explore() { # FILE [flags]: status of run, its output in $work/out
    local file=$1
    shift
    runs=$((runs + 1))
    "$explore_dir/run" --quiet --cc="$compiler" "$file" -- -I"$examples" "$@" >"$work/out" 2>&1
}

# The time depends on the machine, and is only printed beside the one it is to stay under. The number of executions does not: it
# says that the reduction still does what it did. Where it is the same for every compiler, so must the complete ones be.
safe() { # FILE SECONDS MOST [COMPLETE]
    local file=$1 seconds=$2 most=$3 complete=${4:-} all
    explore "$examples/$file" || { bad "$file: not safe"; return; }
    all=$(sed -n 's/^result: safe.* (\([0-9]*\) complete executions, \([0-9]*\) blocked, \([0-9]*\) dropped.*/\1 + \2 + \3/p' "$work/out")
    [ $((all)) -ge 1 ] && [ $((all)) -le "$most" ] || bad "$file: $all executions instead of at most $most"
    [ -z "$complete" ] || [ "${all%% *}" = "$complete" ] || bad "$file: not $complete complete executions"
    echo "$file: $all executions, $(sed -n 's/^result.*; \([0-9.]* s\),.*/\1/p' "$work/out"), to be under $seconds s on a quiet machine"
}

# mutant FILE KIND SED-SCRIPT: the change must apply and be caught as KIND.
mutant() {
    local file=$1 kind=$2 script=$3
    sed -E "$script" "$examples/$file" >"$examples_copy/$file"
    cmp -s "$examples/$file" "$examples_copy/$file" && { bad "$file: nothing to change by $script"; return; }
    explore "$examples_copy/$file"
    local status=$?
    [ $status -eq 1 ] || { bad "$file with $script: status $status, not caught"; return; }
    grep '^result:' "$work/out" | grep -qE "$kind" || bad "$file with $script: not $kind"
}

# Beside explore.h's folder, so that the copies find it.
examples_copy=$work/copies/examples
mkdir -p "$examples_copy"
cp "$explore_dir/explore.h" "$work/copies/"

safe byte_lock.c 1 5 2
safe seqlock.c 1 5227 3727
safe qsbr.c 30 342 216
safe parking_lock.c 60 174000

mutant byte_lock.c 'data race' 's/memory_order_acquire/memory_order_relaxed/'
mutant byte_lock.c 'data race' 's/memory_order_release/memory_order_relaxed/'
mutant seqlock.c assertion '/atomic_thread_fence.memory_order_release/d'
mutant seqlock.c assertion '/atomic_thread_fence.memory_order_acquire/d'
mutant seqlock.c assertion '/s \+ 2/s/memory_order_release/memory_order_relaxed/'
mutant seqlock.c assertion 's/(before = .*)memory_order_acquire/\1memory_order_relaxed/'
mutant qsbr.c 'use after free|data race' '/reader\(void/,/^}/s/atomic_thread_fence.memory_order_seq_cst/atomic_thread_fence(memory_order_acq_rel/'
mutant qsbr.c 'use after free|data race' '/writer\(void/,/^}/s/atomic_thread_fence.memory_order_seq_cst/atomic_thread_fence(memory_order_acq_rel/'
mutant qsbr.c 'use after free|data race' 's/mine, 0, memory_order_release/mine, 0, memory_order_relaxed/'
mutant qsbr.c 'use after free|data race' '/while/s/memory_order_acquire/memory_order_relaxed/'
mutant qsbr.c 'data race' 's/&shared, fresh, memory_order_release/\&shared, fresh, memory_order_relaxed/'
mutant parking_lock.c 'deadlock|livelock' 's/head \? PARKED : 0/0/'
mutant parking_lock.c 'deadlock|livelock' '/explore_wake.word/d'
mutant parking_lock.c 'data race' 's/(lock_byte, .*)memory_order_release/\1memory_order_relaxed/'
mutant parking_lock.c 'data race' 's/(bucket_lock, 0, )memory_order_release/\1memory_order_relaxed/'

echo "examples ($compiler): $runs runs, $wrong wrong"
[ $runs -ge 19 ] && [ $wrong -eq 0 ]
