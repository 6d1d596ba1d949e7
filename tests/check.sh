# shellcheck shell=bash
# Read by shell tests that go on behind what fails: check counts it in `failures`, and shows what it wrote. $work is a folder of
# the test's own.
failures=0

check() { # WHAT COMMAND...
    local what=$1
    shift
    if "$@" >"${work:?}/log" 2>&1; then
        echo "ok: $what"
    else
        echo "FAILED: $what: $*"
        head -n 20 "$work/log"
        failures=$((failures + 1))
    fi
}
