#!/bin/sh
# The report from made-up rows: counts twins and mutants, shows what was cut off, takes in the rows of other tools. And
# rules.md names nothing that is not there.
set -eu
cd "$(dirname "$0")"
out=$(mktemp -d "${TEST_TMPDIR:-/tmp}/report_test.XXXXXX")
cat > "$out/rows" <<'END'
row,Mutex,check,mutex,,,3 x lock,one,yes,100,300,9,1.5,TLC,2.18,pass
row,Mutex,twin,mutex_twin_a__B,a,B,3 x lock,one,no,10,30,9,1.5,TLC,2.18,pass
row,Mutex,twin,mutex_twin_c__D,c,D,3 x lock,one,no,10,30,9,1.5,TLC,2.18,fail
row,Qsbr,check,qsbr_large,,,3 x read,one,no,100,300,9,1.5,TLC,2.18,fail
row,Qsbr,check,qsbr_merge,,,3 x read,one,yes,100,300,9,1.5,TLC,2.18,pass
END
cat > "$out/explore" <<'END'
mutex,explorer,mutex_2,2 x lock,RC11,none,yes,,,42,7,0.1,explore,cc 12,,,pass
mutex,explorer,mutex_3,3 x lock,RC11,none,yes,,,42,7,0.1,explore,cc 12,,,pass
once,explorer,once_2,2 x call,RC11,none,yes,,,42,7,0.1,explore,cc 12,,,pass
once,explorer,once_3,3 x call,RC11,"-DSIZES=0,26 -DMORE=1,2; none",yes,,,42,7,0.1,explore,cc 12,,,pass
END
cat > "$out/generated" <<'END'
lib/mutex/weft_mutex.c:10 cas acquire -> relaxed
lib/mutex/weft_mutex.h:20 store release -> relaxed
lib/mutex/weft_mutex_slow.h:30 fence seq_cst dropped
lib/mutex/weft_once.c:40 load acquire -> relaxed
END
{
    printf 'file,line,mutant,harness,verdict,explanation\r\n'
    printf 'lib/mutex/weft_mutex.c,10,cas acquire -> relaxed,mutex_2,data race,\r\n'
    printf 'lib/mutex/weft_mutex.h,20,store release -> relaxed,,no harness noticed,"a fence, before"\r\n'
    printf 'lib/mutex/weft_mutex_slow.h,30,fence seq_cst dropped,,no harness noticed,\r\n'
} > "$out/mutants"
printf '%s\n' qsbr_writers,TIMEOUT mutex_twin_no_wake__NoLostWakeup,TIMEOUT mutex_large,NO_STATUS > "$out/ended"
./report --out "$out" --rows "$out/rows" --explore "$out/explore" --mutants "$out/mutants" --generated "$out/generated" --ended "$out/ended"
expect() { grep -qF -e "$2" "$out/$1" || { printf 'missing in %s: %s\n' "$1" "$2"; cat "$out/$1"; exit 1; }; }
expect report.csv 'mutex,TLA+,mutex,3 x lock,sequential consistency,one,yes,100,9,,,1.5,TLC,2.18,1,2,pass'
expect report.csv 'qsbr (merged batches),TLA+,qsbr_merge,'
expect report.csv 'mutex,explorer,mutex_2,2 x lock,RC11,none,yes,,,42,7,0.1,explore,cc 12,1,3,pass'
expect report.csv 'mutex,explorer,mutex_3,3 x lock,RC11,none,yes,,,42,7,0.1,explore,cc 12,,,pass'
expect report.csv 'once,explorer,once_2,2 x call,RC11,none,yes,,,42,7,0.1,explore,cc 12,,,pass'
expect report.csv 'once,explorer,once_3,3 x call,RC11,-DSIZES=0;26 -DMORE=1;2; none,yes,,,42,7,0.1,explore,cc 12,,,pass'
if grep -qF -e '- explorer once_3: ' "$out/report.md"; then echo "a comma in a row made it one that did not finish"; exit 1; fi
expect report.md '; the explorer ran what cc 12 made of lib/.'
expect report.md '| mutex | 1 | 100 | 1/2 | 2 | 0 | 1/3 | 0 |'
expect report.md '| qsbr | 2 | 200 | - | 0 | 0 | - | 1 |'
expect report.md '4 mutants, 3 of them tried, 1 caught.'
expect report.md 'mutation score: 25.0 % (1/4); 1 of them not tried'
expect report.html 'mutation score: 25.0 % (1/4)'
expect report.md '| lib/mutex/weft_once.c | 1 | 0 | 0 |'
expect report.md '- lib/mutex/weft_mutex.h:20 store release -> relaxed: no harness noticed; a fence, before'
expect report.md '- lib/mutex/weft_mutex_slow.h:30 fence seq_cst dropped: no harness noticed, not explained'
expect report.md '- TLA+ qsbr_large: exhausted no, fail'
expect report.md '- TLA+ mutex_large: not run, or stopped before it had a result'
expect report.md '- TLA+ qsbr_writers: cut off, out of time'
expect report.md '- TLA+ mutex_twin_no_wake__NoLostWakeup: cut off, out of time'
expect report.md '- TLA+ qsbr_twin_no_grace_period__NoUseAfterFree: not run, or stopped before it had a result'
expect report.md '- explorer rwmutex_3: not run, or stopped before it had a result'
if grep -qF -e '- explorer mutex_3: ' "$out/report.md"; then echo "an explored harness is said not to be"; exit 1; fi
expect report.md '## Compared with the code'
expect report.md '| Hint | 32 | 0 | 3 | 34 |'
expect report.md '| Mutex | c | D | 10 | 1.5 | NOT CAUGHT |'
expect report.html '<td>explore</td>'
expect report.md 'no test asks for a new report then'
# The report made here lacks most rows; what the check says of each is what such a row begins with.
if ./report --check "$out/report.md" > "$out/lacks"; then echo "a report without rows was not noticed"; exit 1; fi
expect lacks '| explorer | rwmutex_3 |'
expect lacks '| TLA+ | mutex_large |'
expect lacks '| Mutex | no_reload | MutualExclusion |'
# Rows that failed are no rows; rows that passed are all it wants.
rows_saying() {
    sed -e "s/^| TLA+ .*/| x & t | m | b | $1 | 1 | 1 | | | 1 | TLC | 2.18 | | | $2 |/" \
        -e "s/^| explorer .*/| x & t | m | b | no | | | 1 | 1 | 1 | explore | cc | | | $2 |/" \
        -e "s/^| [A-Z][A-Za-z]* | [a-z_0-9]* | [A-Z].*/& 1 | 1 | $3 |/" "$out/lacks"
}
for wrong in 'no pass caught' 'yes fail caught' 'yes pass UNCAUGHT'; do
    # shellcheck disable=SC2046,SC2086
    { cat "$out/report.md"; rows_saying $wrong; } > "$out/wrong.md"
    if ./report --check "$out/wrong.md" > "$out/still"; then echo "rows that say $wrong were taken for good ones"; exit 1; fi
done
rows_saying yes pass caught >> "$out/report.md"
./report --check "$out/report.md"
sed 's/^[0-9a-f]\{8\}\(.*Mutex.tla\)/00000000\1/' "$out/report.md" > "$out/old.md"
if ./report --check "$out/old.md"; then echo "an old report was not noticed"; exit 1; fi

# All of them tried: the score is that of formal/explore/mutants.
sed 1q "$out/mutants" > "$out/all"
tr -d '\r' < "$out/generated" | sed 's/^\([^:]*\):\([0-9]*\) \(.*\)/\1,\2,\3,once_2,data race,/' >> "$out/all"
./report --out "$out" --rows "$out/rows" --mutants "$out/all" --generated "$out/generated"
grep -qx 'mutation score: 100.0 % (4/4)' "$out/report.md" || { echo "the score is not that of the mutants"; exit 1; }

# Nothing tried is not the same as nothing left.
./report --out "$out" --rows "$out/rows" --generated "$out/generated"
expect report.md 'No mutant was tried for this report'
expect report.md 'mutation score: not run'
if grep -q '^Tried, and not caught' "$out/report.md"; then echo "a list of what was tried, though nothing was"; exit 1; fi

# What the table of rules names is there.
missing=$(grep '^| ' rules.md | grep -oE '\b[A-Z][A-Za-z]+/[a-z_]+' | sort -u | while IFS=/ read -r spec twin; do
    awk -v spec="$spec" -v twin="$twin" '/^    name = "/ { split($0, q, "\""); on = q[2] == spec } on && index($0, "(\"" twin "\",") { ok = 1 } END { exit !ok }' \
        ../tla/BUILD || printf '%s/%s\n' "$spec" "$twin"
done)
[ -z "$missing" ] || { printf 'rules.md names twins that are not there:\n%s\n' "$missing"; exit 1; }

# And every twin stands beside a rule.
unsaid=$(awk '/^    name = "/ { split($0, q, "\""); spec = q[2] } /^        \("/ { split($0, q, "\""); print spec "/" q[2] }' ../tla/BUILD | sort -u |
    while read -r twin; do grep -qE "\b$twin\b" rules.md || printf '%s\n' "$twin"; done)
[ -z "$unsaid" ] || { printf 'rules.md does not say what rule these twins leave out:\n%s\n' "$unsaid"; exit 1; }
