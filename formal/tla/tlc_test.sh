#!/bin/sh
# How tlc judges, on a spec of its own: what passes, and each way not to.
set -eu
work=$(mktemp -d "${TEST_TMPDIR:-${TMPDIR:-/tmp}}/tlc_test.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp "$(dirname "$0")/tlc" "$work/tlc"
cat > "$work/Lamp.tla" <<'END'
---- MODULE Lamp ----
EXTENDS Naturals, FiniteSets, TLC
CONSTANTS Lamps, Twin
VARIABLE lit
Init == lit = {}
Light(l) == l \notin lit /\ lit' = lit \cup {l}
Dim(l) == l \in lit /\ Twin # "stays_lit" /\ lit' = lit \ {l}
Break(l) == Twin = "breaks" /\ lit' = lit \cup {0}
Next == \E l \in Lamps : Light(l) \/ Dim(l) \/ Break(l)
Spec == Init /\ [][Next]_lit /\ \A l \in Lamps : SF_lit(Dim(l))
Whole == 0 \notin lit
Few == Cardinality(lit) <= 2
GoesOut == \A l \in Lamps : l \in lit ~> l \notin lit
Alike == Permutations(Lamps)
Never == Cardinality(lit) < 1
====
END
cfg() { # LINE...: Lamp.cfg
    {
        printf '%s\n' '\* primitive: lamp' '\* threads: 2 lamps' '\* bounds: none' 'SPECIFICATION Spec' CONSTANTS '  a = a' '  b = b' '  Lamps = {a, b}' '  Twin = "none"'
        printf '%s\n' "$@"
    } > "$work/Lamp.cfg"
}
fail() {
    printf 'tlc_test: %s\n' "$1"
    cat "$work/out"
    exit 1
}
passes() { "$work/tlc" "$@" "$work/Lamp.cfg" > "$work/out" 2>&1 || fail "does not pass: $*"; }
refuses() { # PATTERN ARGUMENT...
    pattern=$1
    shift
    if "$work/tlc" "$@" "$work/Lamp.cfg" > "$work/out" 2>&1; then fail "passes, expected: $pattern"; fi
    grep -q -e "$pattern" "$work/out" || fail "expected: $pattern"
}

# A check: all of it, without an error, and with every action.
cfg INVARIANTS '  Whole' '  Few' PROPERTIES '  GoesOut'
passes --unused Break
grep -q '^row,Lamp,check,.*,yes,4,.*,pass$' "$work/out" || fail "no row, or another number of states"
refuses 'never taken: Break'
cfg PROPERTIES '  GoesOut' 'CHECK_DEADLOCK FALSE'
refuses 'TLC exit 13, property' --unused Break --set 'Twin="stays_lit"'
cfg INVARIANTS '  Never'
refuses 'TLC exit 12, Never' --unused Break
cfg INVARIANTS '  Whole'
refuses 'TLC exit 11, deadlock' --unused Break,Dim --set 'Twin="stays_lit"'

# A twin: a violation, and the one that was named.
cfg INVARIANTS '  Whole' '  Few' PROPERTIES '  GoesOut'
passes --twin breaks --violates Whole
refuses 'reports Whole, expected Few' --twin breaks --violates Few
refuses 'nothing violated, expected Few' --twin nothing --violates Few
refuses 'nothing violated, expected GoesOut' --twin nothing --violates GoesOut
passes --twin stays_lit --violates GoesOut
refuses 'Never is not checked by this configuration' --twin breaks --violates Never
refuses 'needs --violates' --twin breaks
refuses 'no constant Lanterns' --set Lanterns=3

# Symmetry is for invariants.
cfg INVARIANTS '  Whole' PROPERTIES '  GoesOut' 'SYMMETRY Alike'
refuses 'SYMMETRY with temporal properties is unsound' --unused Break
cfg INVARIANTS '  Whole' 'SYMMETRY Alike'
passes --unused Break
