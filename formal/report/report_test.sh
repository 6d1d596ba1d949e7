#!/bin/sh
# The report from made-up rows: counts twins, shows what was cut off, takes in the rows of other tools.
set -eu
cd "$(dirname "$0")"
out=$(mktemp -d "${TEST_TMPDIR:-/tmp}/report_test.XXXXXX")
cat > "$out/rows" <<'END'
row,Mutex,check,mutex,,,3 x lock,one,yes,100,300,9,1.5,TLC,2.18,pass
row,Mutex,twin,mutex_twin_a__B,a,B,3 x lock,one,no,10,30,9,1.5,TLC,2.18,pass
row,Mutex,twin,mutex_twin_c__D,c,D,3 x lock,one,no,10,30,9,1.5,TLC,2.18,fail
row,Qsbr,check,qsbr_large,,,3 x read,one,no,100,300,9,1.5,TLC,2.18,fail
END
printf 'mutex,explorer,mutex_2,2 x lock,RC11,none,yes,,,42,7,0.1,weft_explore,1,9,9,pass\n' > "$out/explore"
./report --out "$out" --rows "$out/rows" --explore "$out/explore"
expect() { grep -qF -e "$2" "$out/$1" || { printf 'missing in %s: %s\n' "$1" "$2"; cat "$out/$1"; exit 1; }; }
expect report.csv 'mutex,TLA+,mutex,3 x lock,sequential consistency,one,yes,100,9,,,1.5,TLC,2.18,1,2,pass'
expect report.csv 'mutex,explorer,mutex_2,2 x lock,RC11,none,yes,,,42,7,0.1,weft_explore,1,9,9,pass'
expect report.md '- TLA+ qsbr_large: exhausted no, fail'
expect report.md '- TLA+ mutex_large: not run, or stopped before it had a result'
expect report.md '| Mutex | c | D | 10 | NOT CAUGHT |'
expect report.html '<td>weft_explore</td>'
./report --check "$out/report.md"
sed 's/^[0-9a-f]\{8\}\(.*Mutex.tla\)/00000000\1/' "$out/report.md" > "$out/old.md"
if ./report --check "$out/old.md"; then echo "an old report was not noticed"; exit 1; fi
