#!/usr/bin/env bash
# names_test.sh TEST...: each test that the tables of tests/README.md name is one that runs: what stands in the last cell of a row
# between backticks and looks like a test's name is listed by one of the test binaries. A name that ends in dots stands for all that
# begin like it.
set -euo pipefail

# "  Name", or "  Name/0  # GetParam() = ..." where there are parameters. What is disabled is listed, but does not run.
for binary in "$@"; do
    "$binary" --gtest_list_tests | sed -nE '/^  DISABLED_/d; s/^  ([A-Za-z0-9_]+).*/\1/p'
done | sort -u >"$TEST_TMPDIR/known"

named=0 missing=0
while read -r name; do
    named=$((named + 1))
    case $name in
    *...) grep -q "^${name%...}" "$TEST_TMPDIR/known" && continue ;;
    *) grep -qx "$name" "$TEST_TMPDIR/known" && continue ;;
    esac
    echo "README.md names a test that does not run: $name"
    missing=$((missing + 1))
done < <(awk -F'|' '/^## Others/ { inside = 1 } inside && /^\|/ { print $(NF - 1) }' tests/README.md |
    grep -oE "\`[A-Za-z0-9_.]+\`" | tr -d "\`" | grep -E '[A-Z_]')

echo "$named names, $missing missing"
[ "$named" -ge 90 ] && [ "$missing" -eq 0 ]
