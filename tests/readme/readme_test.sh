#!/usr/bin/env bash
# Takes the first C block out of README.md, and the command that follows it, and does what a reader does:
# saves the one as counter.c and runs the other, here with the compiler's warnings as errors. Twenty lines are all a
# reader is asked to read.
set -euo pipefail

readme=$PWD/README.md
mkdir "$TEST_TMPDIR/reader"
ln -s "$PWD/lib" "$TEST_TMPDIR/reader/lib"
cd "$TEST_TMPDIR/reader"

awk '/^```c$/ { inside = 1; next } /^```$/ && inside { exit } inside' "$readme" >counter.c
[ "$(wc -l <counter.c)" -le 20 ] || { echo "README.md's example has more than 20 lines"; exit 1; }
[ -s counter.c ] || { echo "README.md has no C block"; exit 1; }
command=$(grep -m 1 '^cc .*counter\.c' "$readme") || { echo "README.md has no command for counter.c"; exit 1; }
echo "$command"
eval "${command/cc /cc -Wall -Wextra -Werror }"
output=$(./counter)
echo "$output"
[ "$output" = 2000000 ]
