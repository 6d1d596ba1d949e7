#!/usr/bin/env bash
# tools/setup against a pretended machine: apt, dpkg and id are small scripts that read and write lists.
# The real thing is tried by tools/try-fresh.
# shellcheck disable=SC2016 # the pretended programs expand their own variables
# shellcheck disable=SC2317 # conditions are called by name
set -euo pipefail

source_tools=$PWD/tools
tree=$TEST_TMPDIR/tree
machine=$TEST_TMPDIR/machine
export tree machine
failures=0

new_machine() { # PACKAGE...: what the sources offer
    rm -rf "$tree" "$machine"
    mkdir -p "$tree/tools/packages" "$machine/bin"
    cp -L "$source_tools"/{setup,common.sh,find_bazel} "$tree/tools/"
    printf '%s\n' "$@" >"$machine/offered"
    : >"$machine/installed"
    : >"$machine/calls"
    echo 0 >"$machine/uid"
    pretend id 'if [ "$1" = -u ]; then cat "$machine/uid"; else /usr/bin/id "$@"; fi'
    pretend dpkg-query 'shift 2; [ $# -gt 0 ] || sed "s/$/ installed/" "$machine/installed"; for p; do grep -qx "$p" "$machine/installed" && echo "$p installed"; done; true'
    pretend apt-cache 'shift; for p; do echo "$p:"; if grep -qx "$p" "$machine/offered"; then echo "  Candidate: 1"; else echo "  Candidate: (none)"; fi; done'
    # broken-*: its dependencies cannot be met. lost-*: it cannot be downloaded. maven brings libmaven.
    pretend apt-get '
        kind=real; names=() command=
        while [ $# -gt 0 ]; do
            case $1 in
                -o) shift ;;
                --simulate) kind=simulate ;;
                --download-only) kind=download ;;
                -*) ;;
                update | install | purge) command=$1 ;;
                *) names+=("$1") ;;
            esac
            shift
        done
        echo "$command $kind ${names[*]}" >>"$machine/calls"
        if [ "$command" = purge ]; then
            for p in "${names[@]}"; do sed -i "/^$p\$/d" "$machine/installed"; done
        fi
        [ "$command" = install ] || exit 0
        case " ${names[*]} " in *" this "*"that "*) echo "E: this and that conflict"; exit 100 ;; esac
        for p in "${names[@]}"; do
            case $p in broken-*) echo "E: unmet dependencies"; exit 100 ;; esac
            case $kind-$p in download-lost-* | real-lost-*)
                echo "E: Failed to fetch http://example.invalid/pool/${p}_1_all.deb  404"; exit 100 ;; esac
        done
        case " ${names[*]} " in *" maven "*) names+=(libmaven) ;; esac
        if [ $kind = real ]; then printf "%s\n" "${names[@]}" | grep -vxFf "$machine/installed" >>"$machine/installed" || true; fi'
    PATH=$machine/bin:/usr/bin:/bin
    # No sudo, even if this machine has one.
    pretend sudo 'exit 1'
}
pretend() { printf '#!/bin/bash\n%s\n' "$2" >"$machine/bin/$1"; chmod +x "$machine/bin/$1"; }

group() { # NAME LINE...
    local name=$1
    shift
    printf '%s\n' "$@" >"$tree/tools/packages/$name.txt"
}
setup() { # sets output and status
    status=0
    output=$("$tree/tools/setup" "$@" 2>&1 </dev/null) || status=$?
}
check() { # WHAT CONDITION...
    local what=$1
    shift
    if ! "$@"; then
        echo "FAILED: $what: not true: $*"
        printf '    %s\n' "status $status" "output $output"
        sed 's/^/    call /' "$machine/calls"
        failures=$((failures + 1))
    fi
}
says() { grep -qF -- "$1" <<<"$output"; }
installed() { [ "$(sort "$machine/installed" | tr '\n' ' ')" = "${1:+$1 }" ]; }
lines() { [ "$(grep -c '^setup: cannot' <<<"$output")" = "$1" ]; }

new_machine a b
group core 'a   # a comment' '# b is not asked for'
setup core
check "installs what is required" [ "$status" = 0 ]
check "installs what is required" installed a
check "writes user.bazelrc" [ -s "$tree/user.bazelrc" ]
: >"$machine/calls"
setup core
check "a second run says nothing" [ -z "$output" ]
check "a second run does nothing" [ ! -s "$machine/calls" ]

new_machine a
group core a no-such
setup core
check "an unknown package is an error" [ "$status" != 0 ]
check "an unknown package is named" says "cannot install no-such: "
check "an unknown package is one line" lines 1
check "an unknown package leaves the machine alone" installed ''
setup core
check "an error is not forgotten" [ "$status" != 0 ]

new_machine a broken-b
group core a broken-b
setup core
check "unmet dependencies: the package is named" says "cannot install broken-b: "
check "unmet dependencies: an error" [ "$status" != 0 ]
check "unmet dependencies: machine alone" installed ''

new_machine this that
group core this that
setup core
check "a conflict: the later package is named" says "cannot install that: "
check "a conflict: machine alone" installed ''
group core this 'that optional'
setup core
check "a conflict with an optional package: reported" says "that"
check "a conflict with an optional package: no error" [ "$status" = 0 ]
check "a conflict with an optional package: the required one is installed" installed this

new_machine a lost-b
group core a lost-b
setup core
check "a failed download: the package is named" says "cannot download lost-b: "
check "a failed download: an error" [ "$status" != 0 ]
check "a failed download: machine alone" installed ''

new_machine a b
group bench 'a optional' 'no-such optional' 'broken-c optional' 'b optional'
echo broken-c >>"$machine/offered"
setup bench
check "absent optional packages are no error" [ "$status" = 0 ]
check "absent optional packages are named" says "no-such broken-c"
check "present optional packages are installed" installed 'a b'
: >"$machine/calls"
setup bench
check "absent optional packages are not asked for again" [ ! -s "$machine/calls" ]
echo no-such >>"$machine/offered"
setup --again bench
check "unless told to" installed 'a b no-such'

new_machine a b
group core 'a unless true' 'b unless false'
setup core
check "unless" installed b

new_machine a
group core a
echo 1000 >"$machine/uid"
setup core
check "no root: an error" [ "$status" != 0 ]
check "no root: says what to run" says "as root: apt-get install a"
check "no root: machine alone" installed ''
group bench 'a optional'
setup bench
check "no root: optional packages are no error" [ "$status" = 0 ]

new_machine a b
group core a
setup core
group core a b
setup core
check "a longer list is noticed" installed 'a b'

new_machine a
group core a
printf 'build --jobs=1\n' >"$tree/user.bazelrc"
setup core
setup --again core
check "a user's own lines stay" [ "$(grep -c '^build --jobs=1$' "$tree/user.bazelrc")" = 1 ]
check "the block stands once" [ "$(grep -c '^# >>> written by' "$tree/user.bazelrc")" = 1 ]
check "the block comes first" [ "$(tail -n 1 "$tree/user.bazelrc")" = "build --jobs=1" ]

new_machine a
group core a
output=$(WEFT_SETUP=skip "$tree/tools/setup" core 2>&1)
check "skip installs nothing" installed ''
check "skip still writes user.bazelrc" [ -s "$tree/user.bazelrc" ]

# As formal/tla/fetch_tlc: needs Maven, and a repository that has the jar.
with_tlc() {
    mkdir -p "$tree/formal/tla"
    printf '#!/bin/bash\n%s\n' '
        if ! grep -qx maven "$machine/installed"; then echo "no mvn"; exit 1; fi
        if [ ! -e "$machine/tlc" ]; then echo "mvn could not fetch it"; exit 1; fi
        echo "test --test_env=TLA2TOOLS_JAR=$machine/tlc"' >"$tree/formal/tla/fetch_tlc"
    chmod +x "$tree/formal/tla/fetch_tlc"
    group formal default-jre-headless maven clang
}
new_machine a default-jre-headless maven clang
with_tlc
echo earlier >"$machine/installed"
group core a
setup core formal
check "no TLC: an error" [ "$status" != 0 ]
check "no TLC: named" says "TLC could not be fetched (see above), so nothing was installed"
check "no TLC: what it took is removed again, with what that brought" installed earlier
check "no TLC: nothing else was installed before" [ "$(grep -c '^install real' "$machine/calls")" = 1 ]
touch "$machine/tlc"
setup core formal
check "TLC is fetched" grep -q "TLA2TOOLS_JAR=$machine/tlc" "$tree/user.bazelrc"
check "TLC: and all is installed" installed 'a clang default-jre-headless earlier libmaven maven'
: >"$machine/calls"
setup core formal
check "TLC: a second run does nothing" [ ! -s "$machine/calls" ]

new_machine a default-jre-headless maven clang
with_tlc
printf '%s\n' default-jre-headless maven >"$machine/installed"
setup formal
check "no TLC though Maven is there: an error" [ "$status" != 0 ]
check "no TLC though Maven is there: it stays, and nothing comes" installed 'default-jre-headless maven'

new_machine a
setup nonsense
check "an unknown group is named" says "no group 'nonsense'"

[ "$failures" = 0 ] && echo "all as expected"
exit $((failures > 0))
