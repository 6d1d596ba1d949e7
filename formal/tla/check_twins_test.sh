#!/bin/sh
# check_twins passes what is here, and complains about each thing that it is there for.
set -eu
here=$(dirname "$0")
work=$(mktemp -d "${TEST_TMPDIR:-${TMPDIR:-/tmp}}/check_twins.XXXXXX")
trap 'rm -rf "$work"' EXIT

fresh() {
    rm -rf "$work/tla"
    mkdir "$work/tla"
    cp "$here"/*.cfg "$here"/BUILD "$here"/README.md "$here"/check_twins "$work/tla"
    chmod -R u+w "$work/tla"
}
edit() { # FILE SED-COMMAND: which has to change it
    sed "$2" "$work/tla/$1" > "$work/edited"
    ! cmp -s "$work/edited" "$work/tla/$1" || { printf '%s: nothing changed by %s\n' "$1" "$2"; exit 1; }
    cp "$work/edited" "$work/tla/$1"
}
notices() { # PATTERN
    if sh "$work/tla/check_twins" > "$work/out" 2>&1; then printf 'nothing said, expected: %s\n' "$1"; exit 1; fi
    grep -q -e "$1" "$work/out" || { printf 'expected: %s\nsaid:\n' "$1"; cat "$work/out"; exit 1; }
    fresh
}

fresh
sh "$work/tla/check_twins" > "$work/out" 2>&1 || { cat "$work/out"; exit 1; }

edit BUILD '/"no_handoff", "LockReturns", "fair"/d'
edit BUILD '/"first_decides", "LockReturns"/d'
edit BUILD '/"readers_overtake", "LockReturns"/d'
notices '^Mutex.LockReturns .* has no twin'
cp "$here/Once.cfg" "$work/tla/Once_more.cfg"
notices '^Once_more.cfg is run by no test'
edit BUILD 's/("no_wake", "NoLostWakeup", "fair")/("no_wake", "NoLostWakeup")/'
notices '^Mutex/no_wake: NoLostWakeup is not checked by Mutex.cfg'
edit BUILD '/"memmove_in_place"/d'
notices 'asks for List/memmove_in_place'
edit Mutex.cfg 's/Threads = .*/Threads = {"t1", "t2"}/'
notices '^Mutex.cfg says 3 threads and has 2'
edit Mutex.cfg 's/threads: 3/threads: 2/'
notices '^Mutex.cfg has 2 threads'
edit Mutex.cfg '/bounds:/d'
notices '^Mutex.cfg does not say its bounds'
echo 'CONSTRAINT Few' >> "$work/tla/Mutex.cfg"
notices '^Mutex.cfg has a constraint'
echo 'SYMMETRY Alike' >> "$work/tla/Mutex_fair.cfg"
notices '^Mutex_fair.cfg has SYMMETRY beside properties'
echo 'CHECK_DEADLOCK FALSE' >> "$work/tla/Mutex.cfg"
notices '^Mutex.cfg does not look for deadlocks'
edit QsbrWait.cfg '/CHECK_DEADLOCK/d'
notices 'README.md says that QsbrWait'
