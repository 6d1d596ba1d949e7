#!/usr/bin/env bash
# What tools/amalgamate writes, and the files of lib/ copied into one folder, the way users compile them.
# shellcheck disable=SC2016 # the inner shells expand their own
set -euo pipefail

here=$PWD/tests/vendoring
work=$TEST_TMPDIR
strict=(-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror)
strict_cxx=(-std=c++17 -Wall -Wextra -Wpedantic -Wconversion -Werror)
# shellcheck source=tests/check.sh
. tests/check.sh

# The compilers that are there; the others are named.
compilers=()
for pair in gcc:g++ clang:clang++ clang-19:clang++-19; do
    if command -v "${pair%:*}" >/dev/null && command -v "${pair#*:}" >/dev/null; then
        compilers+=("$pair")
    else
        echo "not here, not tried: ${pair/:/ with }"
    fi
done
[ ${#compilers[@]} -gt 0 ] || { echo "no compiler at all"; exit 1; }

amalgamate() { # FOLDER ARGUMENT...
    local folder=$1
    shift
    check "write $folder" python3 tools/amalgamate --out "$work/$folder" "$@"
}
amalgamate all
amalgamate locks mutex
amalgamate mutex --no-checked weft_mutex
amalgamate classic --no-checked --no-hints weft_mutex
amalgamate weft_liburcu weft_liburcu
amalgamate weft_ck_epoch weft_ck_epoch
check "a part that does not exist is refused" bash -c '! python3 tools/amalgamate --out "$1" nonsense' _ "$work/none"

# ---- which commit the files say they are of ---------------------------------------------------------
# A copy of the tree inside another repository, a clone, and an unpacked archive.
stamp_of() { python3 "$1/tools/amalgamate" --out "$work/stamp" weft_base | sed -n 's/.*, commit \([^,]*\),.*/\1/p'; }
has_stamp() { # TREE COMMIT
    local stamp
    stamp=$(stamp_of "$1")
    [ "$stamp" = "$2" ] || { echo "says $stamp, not $2"; return 1; }
}
tree=$work/stamped/third_party/weft
mkdir -p "$tree"
cp -RL lib adapters tools LICENSE .gitattributes "$tree/"
chmod -R u+w "$tree"
if command -v git >/dev/null; then
    commit() { # FOLDER
        git -C "$1" init -q && git -C "$1" add . &&
            git -C "$1" -c user.name=a -c user.email=a@b -c commit.gpgsign=false commit -q --no-verify -m all
    }
    check "a repository around it" commit "$work/stamped"
    check "a copy in another repository has no commit" has_stamp "$tree" unknown
    check "a repository of its own" commit "$tree"
    head=$(git -C "$tree" rev-parse HEAD)
    check "its own repository's commit" has_stamp "$tree" "${head:0:12}"
    mkdir "$work/stamped/unpacked"
    check "an archive" bash -o pipefail -c 'git -C "$1" archive HEAD | tar -x -C "$2"' _ "$tree" "$work/stamped/unpacked"
    check "an archive's commit" has_stamp "$work/stamped/unpacked" "${head:0:12}"
else
    echo "not here, not tried: git"
    check "a copy without git has no commit" has_stamp "$tree" unknown
fi

# ---- every form, both languages -------------------------------------------------------------------
no_names_but() { # OBJECT PREFIX: what the linker sees starts with the prefix
    local others
    others=$(nm -g --defined-only "$1" | awk '{print $3}' | grep -v "^$2" || true)
    [ -z "$others" ] || { echo "$others"; return 1; }
}
renamed_cxx() { # OBJECT ENTRY: its names are ENTRY and of the copy, and it has no business with another
    local others
    others=$(nm -g --defined-only "$1" | awk '{print $3}' | grep -vE "^(_Z[A-Z]*[0-9]+)?$2(_|$)|^DW\.ref\.|^__clang_" || true)
    others+=$(nm -g --undefined-only "$1" | grep -i weft || true)
    [ -z "$others" ] || { echo "$others"; return 1; }
}
no_constructors() { ! objdump -h "$1" | grep -E '\.(init_array|ctors|preinit_array)'; }
exports_nothing() { local names; names=$(nm -D --defined-only "$1" | grep -i weft || true); [ -z "$names" ] || { echo "$names"; return 1; }; }

flat=$work/flat
mkdir "$flat"
cp -L lib/*/*.[ch] "$flat/"

# Every part on its own, since each leaves out includes that others make up for. Parts that bring the same files are tried once.
every_part() { # CC
    local part sum seen=" "
    for part in $(ls lib) $(cd lib && printf '%s\n' */*.h | sed 's|.*/||; s|\.h$||'); do
        check "write part $part" python3 tools/amalgamate --out "$work/part" "$part"
        sum=$(cat "$work"/part/weft.[hc] | cksum | tr ' ' -)
        [[ $seen != *" $sum "* ]] || continue
        seen+="$sum "
        check "$1: part $part" "$1" "${strict[@]}" -O0 -fsyntax-only "$work/part/weft.c"
    done
}

no_adapter_but_named() { ! grep -l 'weft_liburcu\|weft_ck_epoch' "$work"/all/weft.[hc]; }
check "adapters come when they are named" no_adapter_but_named

try_adapter() { # CC PART HEADER OPTION...: over a library that may be missing
    local cc=$1 part=$2 header=$3 object=$work/$1/adapter.o
    shift 3
    check "$cc: $part" "$cc" "${strict[@]}" -O1 -DWEFT_PREFIX=third_ -c "$work/$part/weft.c" -o "$object"
    check "$cc: $part: every name is renamed" no_names_but "$object" third_
    if ! "$cc" -fsyntax-only -x c -include "$header" /dev/null 2>/dev/null; then
        echo "not here, not tried: $part over its library"
        return
    fi
    check "$cc: $part over its library" "$cc" "${strict[@]}" -O1 -DWEFT_PREFIX=third_ -I"$work/$part" "$here/adapter.c" "$object" \
        -pthread "$@" -o "$work/$cc/adapter"
    check "$cc: $part over its library, runs" "$work/$cc/adapter"
}

try() { # CC CXX
    local cc=$1 cxx=$2 folder=$work/$1 part source header entry
    mkdir "$folder"
    for part in all locks mutex classic; do
        check "$cc: $part" "$cc" "${strict[@]}" -O2 -c "$work/$part/weft.c" -o "$folder/$part.o"
        check "$cc: $part: no name without weft_" no_names_but "$folder/$part.o" weft_
        check "$cc: $part: nothing runs before main" no_constructors "$folder/$part.o"
        check "$cxx: $part" "$cxx" "${strict_cxx[@]}" -I"$work/$part" "$here/user.cc" "$folder/$part.o" -pthread -o "$folder/user"
        check "$cxx: $part runs" "$folder/user"
        check "$cc: two threads on $part" "$cc" "${strict[@]}" -O2 -DENTRY=main -I"$work/$part" "$here/copy.c" "$folder/$part.o" \
            -pthread -o "$folder/threads"
        check "$cc: two threads on $part run" bash -c '"$1"; [ $? = 1 ]' _ "$folder/threads" # ENTRY returns 1 when all is well
    done
    check "$cc: checked, counting, portable waits" "$cc" "${strict[@]}" -O1 -DWEFT_CHECKED=1 -DWEFT_STATISTICS=1 \
        -DWEFT_WAIT_PTHREAD=1 -DWEFT_PREFIX=third_ -c "$work/all/weft.c" -o "$folder/checked.o"
    check "$cc: checked, counting, portable waits: every name is renamed" no_names_but "$folder/checked.o" third_
    check "$cc: checked, counting, portable waits: nothing runs before main" no_constructors "$folder/checked.o"
    check "$cxx: checked, counting, portable waits: the header" "$cxx" "${strict_cxx[@]}" -fsyntax-only -DWEFT_CHECKED=1 \
        -DWEFT_STATISTICS=1 -DWEFT_WAIT_PTHREAD=1 -x c++ -include "$work/all/weft.h" /dev/null
    check "$cc: a checked user does not link with an unchecked copy" \
        bash -c '"$@" 2>&1 | grep "undefined.*weft_lockcheck_"' _ "$cc" -DWEFT_CHECKED=1 -DENTRY=main -I"$work/all" "$here/copy.c" \
        "$folder/all.o" -pthread -o "$folder/mixed"
    check "$cc: the pthread layer on Windows is refused" \
        bash -c '"$@" 2>&1 >/dev/null | grep "#error.*pthread layer"' _ "$cc" -E -D_WIN32 -DWEFT_WAIT_PTHREAD=1 "$flat/weft_wait.h"
    check "$cc: without the checked build, asking for it is an error" \
        bash -c '! "$@"' _ "$cc" -DWEFT_CHECKED=1 -c "$work/mutex/weft.c" -o "$folder/none.o"

    for entry in first second; do
        check "$cc: copy $entry" "$cc" "${strict[@]}" -O2 -DWEFT_PREFIX="${entry}_" -c "$work/all/weft.c" -o "$folder/$entry.o"
        check "$cc: copy $entry: every name is renamed" no_names_but "$folder/$entry.o" "${entry}_"
        check "$cc: user of copy $entry" "$cc" "${strict[@]}" -O2 -DWEFT_PREFIX="${entry}_" -DENTRY="$entry" -I"$work/all" \
            -c "$here/copy.c" -o "$folder/user_$entry.o"
    done
    check "$cc: what calls two copies" "$cc" "${strict[@]}" -c "$here/copies.c" -o "$folder/copies.o"
    check "$cc: two copies in one program" "$cc" "$folder/copies.o" "$folder"/{user_first,user_second,first,second}.o \
        -pthread -o "$folder/copies"
    check "$cc: two copies run" "$folder/copies"

    # Not optimised, so that inline functions are there for the linker to choose among.
    for entry in first second; do
        check "$cxx: C++ user of copy $entry" "$cxx" "${strict_cxx[@]}" -O0 -DWEFT_PREFIX="${entry}_" -DENTRY="$entry" -I"$work/all" \
            -c "$here/copy.cc" -o "$folder/user_cc_$entry.o"
        check "$cxx: C++ user of copy $entry: every name is renamed" renamed_cxx "$folder/user_cc_$entry.o" "$entry"
    done
    check "$cxx: two copies with C++ users" "$cxx" "$folder/copies.o" "$folder"/{user_cc_first,user_cc_second,first,second}.o \
        -pthread -o "$folder/copies_cc"
    check "$cxx: two copies with C++ users run" "$folder/copies_cc"

    try_adapter "$cc" weft_liburcu urcu/urcu-qsbr.h -lurcu-qsbr -lurcu-common
    try_adapter "$cc" weft_ck_epoch ck_epoch.h -lck -DCK

    check "$cc: optimised at link time" "$cc" "${strict[@]}" -O2 -flto -DENTRY=main -I"$work/all" "$here/copy.c" "$work/all/weft.c" \
        -pthread -o "$folder/lto"
    check "$cc: optimised at link time, runs" bash -c '"$1"; [ $? = 1 ]' _ "$folder/lto" # ENTRY returns 1 when all is well
    check "$cc: a shared object, hidden" "$cc" "${strict[@]}" -O2 -fPIC -fvisibility=hidden -shared -Wl,-z,nodelete -I"$work/all" \
        "$here/plugin.c" "$work/all/weft.c" -pthread -o "$folder/plugin.so"
    check "$cc: hidden: exports nothing of the library" exports_nothing "$folder/plugin.so"
    check "$cc: what unloads a shared object" "$cc" "${strict[@]}" "$here/unload.c" -pthread -ldl -o "$folder/unload"
    check "$cc: a thread that ends after the unloading" "$folder/unload" "$folder/plugin.so"

    for header in "$flat"/*.h; do
        check "$cc: flat ${header##*/}, alone" "$cc" "${strict[@]}" -fsyntax-only -x c -include "$header" /dev/null
        check "$cxx: flat ${header##*/}, alone" "$cxx" "${strict_cxx[@]}" -fsyntax-only -x c++ -include "$header" /dev/null
    done
    for source in "$flat"/*.c; do
        check "$cc: flat ${source##*/}" "$cc" "${strict[@]}" -O1 -c "$source" -o "$folder/flat.o"
    done
}
every_part "${compilers[0]%:*}"
for pair in "${compilers[@]}"; do
    try "${pair%:*}" "${pair#*:}"
done

# ---- the guide, taken at its word --------------------------------------------------------------------
# Its C block is saved under the name it says, and its commands are run in their order, in a copy of the tree that has
# only what they need.
mkdir -p "$work/guide"
cp -RL lib tools Makefile LICENSE "$work/guide/"
sed -n '/^```c$/,/^```$/p' docs/vendoring.md | grep -v '^```' >"$work/guide/interpreter.c"
sed -n '/^```sh$/,/^```$/p' docs/vendoring.md | grep -v '^```' >"$work/guide/commands"
cc=${compilers[0]%:*}
check "the guide has commands" grep -q '^cc .*interpreter.c' "$work/guide/commands"
check "the guide's commands" bash -e -c 'cd "$1" && . ./commands' _ "$work/guide"
check "the guide's example, strictly" "$cc" "${strict[@]}" -O2 -I"$work/all" "$work/guide/interpreter.c" "$work/all/weft.c" \
    -pthread -o "$work/guide/strict"
check "the guide's example runs" "$work/guide/strict"

# ---- size -----------------------------------------------------------------------------------------
# Lines that are neither empty nor comment, of both files.
lines_of() { cat "$work/$1"/weft.[hc] | "$cc" -fpreprocessed -dD -E -P -x c - 2>/dev/null | grep -c .; }
lines=$(lines_of classic)
echo "the mutex alone: $lines lines of code; with hints, for a faster unlock: $(lines_of mutex)"
check "the mutex alone is under 2000 lines" test "$lines" -lt 2000

[ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
