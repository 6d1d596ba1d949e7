#!/usr/bin/env bash
# What is optional costs nothing while it is off: statistics (WEFT_STATISTICS) and the contention hook. Asked of the
# compiler's output, not of a clock.
set -euo pipefail

work=$TEST_TMPDIR
includes=(-Ilib/base -Ilib/park -Ilib/mutex)
# shellcheck source=tests/check.sh
. tests/check.sh

compile() { # SOURCE OBJECT FLAG...
    local source=$1 object=$2
    shift 2
    "${CC:-cc}" -std=c11 -O2 "${includes[@]}" "$@" -c "$source" -o "$object"
}

# Instructions and what they refer to, without the lines that name the file.
instructions() { objdump -dr --no-show-raw-insn "$1" | sed 1,3d; }
same() { # OBJECT OBJECT
    [ -n "$(instructions "$1")" ] && diff <(instructions "$1") <(instructions "$2")
}
differ() { ! same "$1" "$2"; }
names() { # PATTERN OBJECT
    nm "$2" | grep -E "$1"
}
does_not_name() { ! names "$@"; }

# ---- fast paths: a program's own object files ---------------------------------------------------------------
compile tests/off/fast_paths.c "$work/off.o"
compile tests/off/fast_paths.c "$work/on.o" -DWEFT_STATISTICS=1
check "fast paths are the same with statistics and without" same "$work/off.o" "$work/on.o"
check "fast paths know neither of counters, nor of the hook, nor of a clock" \
    does_not_name "contention|statistics|counters|now_ns" "$work/off.o"
check "they are fast paths: the slow ones are elsewhere" names " U weft_mutex_lock_slow$" "$work/off.o"

# ---- slow paths: locks, and the parking lot -----------------------------------------------------------------
for source in lib/mutex/*.c; do
    name=$(basename "$source" .c)
    [ "$name" != weft_lockcheck ] || continue # nothing is left of it where the build is not checked
    compile "$source" "$work/$name.off.o"
    compile "$source" "$work/$name.on.o" -DWEFT_STATISTICS=1
    check "$name.c is the same with statistics and without" same "$work/$name.off.o" "$work/$name.on.o"
done

# A copy without the lines that count. COUNT stands on a line of its own, so nothing else goes.
grep -vE '^ *COUNT\(\w+\);$' lib/park/weft_park.c >"$work/weft_park.c"
check "lines that count were found" test "$(grep -cE '^ *COUNT\(\w+\);$' lib/park/weft_park.c)" -ge 8
compile lib/park/weft_park.c "$work/park.off.o"
compile lib/park/weft_park.c "$work/park.on.o" -DWEFT_STATISTICS=1
compile "$work/weft_park.c" "$work/park.bare.o"
check "without statistics weft_park.c is what it is without the lines that count" same "$work/park.off.o" "$work/park.bare.o"
check "and has no counters" does_not_name " [bBdD] counters" "$work/park.off.o"
check "with statistics it has" names " [bBdD] counters" "$work/park.on.o"
check "and is not the same" differ "$work/park.off.o" "$work/park.on.o"

[ "$failures" -eq 0 ]
