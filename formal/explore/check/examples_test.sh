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

# The number of complete executions, where it is the same for every compiler, says that the reduction still visits each once.
safe() { # FILE [COUNT]
    local file=$1 count=${2:-}
    explore "$examples/$file" || { bad "$file: not safe"; return; }
    [ -z "$count" ] || grep -q "^result: safe.* ($count complete" "$work/out" || bad "$file: not $count complete executions"
    echo "$file: $(grep '^result:' "$work/out")"
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

safe byte_lock.c 2
safe seqlock.c 3727
safe qsbr.c 216
safe parking_lock.c

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
