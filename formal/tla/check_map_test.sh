#!/bin/sh
# The check of the map itself, on a tree of its own: a function whose text changed, one that is gone, and a file that is
# gone are each noticed; --update records nothing but after a review, and never a function that is not there.
set -eu
tree=$(mktemp -d "${TEST_TMPDIR:-/tmp}/check_map.XXXXXX")
mkdir -p "$tree/formal/tla" "$tree/lib/tree"
cp "$(dirname "$0")/check_map" "$tree/formal/tla/check_map"
check=$tree/formal/tla/check_map
source=$tree/lib/tree/tree.c
cat > "$tree/formal/tla/Tree.tla" <<'END'
---- MODULE Tree ----
Grow(t) ==
  /\ height' = height + 1
END
printf '%s\n' '====' >> "$tree/formal/tla/Tree.tla"
printf 'Tree | Grow | lib/tree/tree.c | grow | code\n' > "$tree/formal/tla/MAP"
write_source() { printf '%s\n' 'static int bark(void) {' '    return 1;' '}' '' "int $1(int height) {" "    $2" '}' > "$source"; }
fail() {
    printf 'check_map_test: %s\n' "$1"
    cat "$tree/out"
    exit 1
}
complains() { # WHAT PATTERN
    if "$check" > "$tree/out" 2>&1 < /dev/null; then fail "not noticed: $1"; fi
    grep -q -e "$2" "$tree/out" || fail "noticed, but not as $1"
}
passes() { "$check" > "$tree/out" 2>&1 < /dev/null || fail "complains of $1"; }

write_source grow 'return height + 1;'
complains "a function that was never reviewed" 'grow in lib/tree/tree.c, for Tree.Grow'
if echo no | "$check" --update > "$tree/out" 2>&1; then fail "recorded without a review"; fi
grep -q 'Type "reviewed"' "$tree/out" || fail "the update does not ask for the review"
[ ! -e "$tree/formal/tla/MAP.sha256" ] || fail "recorded without a review"
if "$check" --update > "$tree/out" 2>&1 < /dev/null; then fail "recorded though nobody answered"; fi
echo reviewed | "$check" --update > "$tree/out" 2>&1 || fail "does not record what was reviewed"
passes "what was reviewed"

write_source grow 'return height + 2;'
complains "a changed function" 'grow in lib/tree/tree.c, for Tree.Grow'
write_source grow 'return height + 1; /* as before */'
complains "a changed comment" 'grow in lib/tree/tree.c'
write_source grow 'return height + 1;  '
passes "space at the end of a line"
sed -i 's/return 1/return 2/' "$source"
passes "a change of another function"
write_source shrink 'return height + 1;'
complains "a function that is gone" 'lib/tree/tree.c has no function grow any more'
if echo reviewed | "$check" --update > "$tree/out" 2>&1; then fail "recorded a function that is gone"; fi
rm "$source"
complains "a file that is gone" 'lib/tree/tree.c is gone (grow)'
write_source grow 'return height + 1;'
passes "the function as it was reviewed"

printf 'Tree | Fell | lib/tree/tree.c | bark | code\n' >> "$tree/formal/tla/MAP"
complains "an action that the spec does not have" 'MAP has Tree|Fell'
printf 'Tree | Grow | lib/tree/tree.c | grow | planned\n' > "$tree/formal/tla/MAP"
complains "a module that is written still planned" 'lib/tree/tree.c exists now'
: > "$tree/formal/tla/MAP"
complains "an action without an entry" 'action Tree|Grow is not in'
