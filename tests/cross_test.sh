#!/usr/bin/env bash
# tests/cross itself, without what takes long: that it runs all tables of scenarios that the GoogleTest programs register, that it
# refuses what it does not know, and its least cell.
set -uo pipefail
failures=0
fail() { echo "FAILED: $1"; failures=$((failures + 1)); }

registered=$(sed -n 's/.*register_scenarios("[A-Za-z]*", \([a-z_]*\)).*/\1/p' tests/*_test.cc | sort)
[ -n "$registered" ] || fail "no table is registered"
diff <(echo "$registered") <(tests/cross --tables | sort) || fail "the tables that Bazel's tests run (<) and those of tests/cross (>)"

tests/cross native typo && fail "a cell that does not exist is refused"
tests/cross --typo && fail "an option that does not exist is refused"

# Where gcc is missing, that is said, and no cell has passed.
said=$(CROSS_PAIR_LEVEL=-O0 tests/cross --pair native)
status=$?
echo "$said"
if command -v gcc >/dev/null; then
    [ $status = 0 ] && [[ $said == *"1 cells passed, 0 failed, 0 without a toolchain"* ]] || fail "the two files, native"
else
    [ $status != 0 ] && [[ $said == *"native: toolchain missing: gcc"* ]] || fail "a missing compiler is named"
fi
[ $failures = 0 ]
