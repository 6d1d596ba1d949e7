#!/usr/bin/env bash
# Sourced by the tests, with the compiler and, if it is built already, the explorer as arguments: finds or builds the explorer (bin), makes a scratch folder (work).
compiler=$1
EXPLORE_BIN=${2:-${EXPLORE_BIN:-}}
explore_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d "${TEST_TMPDIR:-${TMPDIR:-/tmp}}/explore-test.XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() { echo "FAIL: $*" >&2; exit 1; }

command -v "$compiler" >/dev/null || fail "compiler $compiler is not installed: the project's set-up installs it"
if [ -n "$EXPLORE_BIN" ]; then
    bin=$(cd "$(dirname "$EXPLORE_BIN")" && pwd)/$(basename "$EXPLORE_BIN")
else
    bin=$work/explore
    "$explore_dir/build_explorer" "$bin" || fail "the explorer does not build"
fi
export EXPLORE_BIN=$bin

# build FILE NAME [flags]: makes $work/NAME/program.so
build() {
    local file=$1 name=$2
    shift 2
    "$explore_dir/run" --cc="$compiler" --keep="$work/$name" --build-only "$file" -- "$@" || fail "$file does not build with $compiler"
}
