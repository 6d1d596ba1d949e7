#!/usr/bin/env bash
# tests/cross itself, without what takes long: that it runs all tables of scenarios that the GoogleTest programs register, that it
# refuses what it does not know, what it records, and its least cell.
set -uo pipefail
failures=0
fail() { echo "FAILED: $1"; failures=$((failures + 1)); }

registered=$(sed -n 's/.*register_scenarios("[A-Za-z]*", \([a-z_]*\)).*/\1/p' tests/*_test.cc | sort)
[ -n "$registered" ] || fail "no table is registered"
diff <(echo "$registered") <(tests/cross --tables | sort) || fail "the tables that Bazel's tests run (<) and those of tests/cross (>)"

tests/cross native typo && fail "a cell that does not exist is refused"
tests/cross --typo && fail "an option that does not exist is refused"
tests/cross --record --pair native && fail "what is recorded is the whole cell"

# What it records, in a copy of the tree, with a gcc whose programs say that two scenarios passed, a clang that makes nothing, and a
# musl-gcc that is not there: the rows of these are new, and no others.
copy=$TEST_TMPDIR/tree
mkdir -p "$copy/bin" && cp -RL docs lib tests tools LICENSE "$copy/" && chmod -R u+w "$copy"
for name in bash cat chmod cp date dirname grep mktemp paste rm sed sort tail timeout tr uname; do
    ln -s "$(command -v $name)" "$copy/bin/$name" || fail "no $name"
done
ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$copy/bin/python3" # not what may stand for it on PATH
cat >"$copy/bin/gcc" <<'END'
#!/usr/bin/env bash
[ "$1" != -dumpfullversion ] || { echo 99.1; exit; }
while [ "$1" != -o ]; do shift; done
printf '#!/usr/bin/env bash\necho 2 scenarios passed\n' >"$2"
chmod +x "$2"
END
printf '#!/usr/bin/env bash\n[[ $1 == -dump* ]] && echo 98.7\n' >"$copy/bin/clang-19"
chmod +x "$copy/bin/gcc" "$copy/bin/clang-19"
row() { grep "^| .$1. " "$copy/docs/portability.md"; }
page=$copy/docs/portability.md
for cell in musl:this.processor aarch64-lse:qemu-user; do
    sed -i "s/^| .${cell%:*}. .*/| \`${cell%:*}\` | older | ${cell#*:} | passed 1 scenarios | 2000-01-01 | \`0\` |/" "$page"
done
cp "$page" "$copy/before"
said=$(PATH=$copy/bin "$copy/tests/cross" --record musl clang native)
echo "$said"
[ "$(cut -d: -f1 <<<"$said" | head -n 2 | xargs)" = "musl clang" ] || fail "the cells run in the order they are named in"
[[ $(row native) == "| \`native\` | gcc 99.1 | this processor ($(uname -m)) | passed $((2 * $(tests/cross --tables | wc -l))) scenarios, the two files plain and checked | 20"* ]] ||
    fail "the row of a cell that passed: $(row native)"
[[ $(row clang) == "| \`clang\` | clang-19 98.7 | this processor ($(uname -m)) | FAILED | 20"* ]] || fail "the row of a cell that failed: $(row clang)"
[[ $(row musl) == "| \`musl\` | musl-gcc |  | toolchain missing: musl-gcc | 20"* ]] || fail "the row of a cell without a toolchain: $(row musl)"
[[ $(row aarch64-lse) == *" older | qemu-user | passed 1 "* ]] || fail "the row of a cell that was not asked for stays: $(row aarch64-lse)"
rows='^| .\(native\|clang\|musl\). '
diff <(grep -v "$rows" "$copy/before") <(grep -v "$rows" "$page") || fail "nothing else is changed"

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
