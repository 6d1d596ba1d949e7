#!/usr/bin/env bash
# Each test that the tables of tests/README.md name exists: what stands in the last cell of a row between backticks
# and looks like a test's name. A name that ends in dots stands for all that begin like it.
set -euo pipefail
cd tests

# Names as scenarios and GoogleTest cases have them.
sed -nE 's/^ *\{"([A-Za-z0-9_]+)",.*/\1/p; s/^TEST\([A-Za-z]+, ([A-Za-z0-9_]+)\).*/\1/p' ./*.c ./*.cc adapters/*.c | sort -u >"$TEST_TMPDIR/known"

named=0 missing=0
while read -r name; do
    named=$((named + 1))
    case $name in
    *...) grep -q "^${name%...}" "$TEST_TMPDIR/known" && continue ;;
    *) grep -qx "$name" "$TEST_TMPDIR/known" && continue ;;
    esac
    echo "README.md names a test that does not exist: $name"
    missing=$((missing + 1))
done < <(awk -F'|' '/^## Others/ { inside = 1 } inside && /^\|/ { print $(NF - 1) }' README.md |
    grep -oE "\`[A-Za-z0-9_.]+\`" | tr -d "\`" | grep -E '[A-Z_]')

echo "$named names, $missing missing"
[ "$named" -ge 90 ] && [ "$missing" -eq 0 ]
