# Shared by the scripts of this directory; source it with bash after setting `program`.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export LC_ALL=C.UTF-8

say() { printf '%s: %s\n' "${program:?}" "$*"; }
die() { printf '%s: %s\n' "${program:?}" "$*" >&2; exit 1; }

# Bazel and TLC keep caches under HOME. Where there is none to write to (containers, build robots), the
# account's own directory is used, or one that outlives the run under /tmp.
usable() { [ -n "$1" ] && [ -d "$1" ] && [ -w "$1" ] && [ "$1" != / ]; }
if ! usable "${HOME:-}"; then
    HOME=$(getent passwd "$(id -u)" | cut -d: -f6) || HOME=
    if ! usable "$HOME"; then
        HOME=/tmp/weft-home-$(id -u)
        mkdir -m 700 "$HOME" 2>/dev/null || [ -O "$HOME" ] || die "no directory to keep caches in: set HOME"
    fi
    export HOME
fi
