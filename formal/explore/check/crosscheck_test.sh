#!/usr/bin/env bash
# Random programs, explored in every way there is:
#   - the reduction must visit the same complete, blocked and deadlocked graphs as brute force, each once, and give the same verdict
#     and outcomes;
#   - so many preemptions that none is refused must give the same outcomes, random executions none besides;
#   - cutting loops that only wait must lose no outcome;
#   - atomics in a frame must give the outcomes that static ones give.
# A program may deadlock; anything else wrong, or a run that does not end by itself, is a failure of the test.
#   crosscheck_test.sh COMPILER [EXPLORER]   ($CROSSCHECK_PROGRAMS of each kind, 8; half as many with clang: the explorer is the same)
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Bazel gives the script a name and a place of its own.
[ -z "${TEST_SRCDIR:-}" ] || here=$TEST_SRCDIR/$TEST_WORKSPACE/formal/explore/check
# shellcheck source=formal/explore/check/setup.sh
. "$here/setup.sh" "$@"
case ${1:-} in clang*) per_kind=4 ;; *) per_kind=8 ;; esac
per_kind=${CROSSCHECK_PROGRAMS:-$per_kind}
build "$here/random_program.c" random
program=$work/random/program.so

# threads, operations, locations, kinds of operation, options of the explorer
kinds=(
    "2 4 2 ls" "3 3 2 lsf" "3 3 2 lsucf" "3 3 1 lsuc" "2 5 2 lsucfi" "3 2 2 lsmi" "3 2 2 mw" "2 4 2 lsucfaimx" "3 3 2 lswu"
    "3 3 2 lsa" "4 2 2 lsu" "3 2 1 mlwx" "3 3 2 cli --spurious-cas=2" "3 3 2 lsf --spurious-cas=0" "2 3 1 lspq"
    "2 2 1 lpqs --spurious-wakes=1" "2 2 1 pqq --spurious-wakes=1" "3 2 1 lst" "2 3 2 lust" "3 2 2 sut"
    "2 3 2 nd --reuse" "3 2 2 nd --reuse" "2 3 2 ndlu --reuse" "3 1 1 pqlu --spurious-wakes=0" "3 1 1 pq"
    "2 2 1 vb" "3 1 1 vb --spurious-wakes=0" "3 2 1 olu"
    "2 3 2 my" "2 3 2 ylsf" "3 2 1 ys" "2 2 1 kes" "3 1 1 ke"
    "2 3 2 lsuz --clock-jumps=1" "3 2 2 lsz --clock-jumps=2" "2 3 1 slwz --clock-jumps=1" "2 2 1 pqz --clock-jumps=1 --spurious-wakes=0"
    "2 3 2 lswF" "3 2 2 lswuF" "2 3 2 wucsF" "2 2 1 lpqsF --spurious-wakes=1"
)

# Programs that take brute force, or the search with preemptions, more than 3 seconds: others are drawn in their place.
declare -A slow=(["3 2 1 lst"]=" 1 2 5 " ["3 2 2 sut"]=" 1 " ["3 2 1 ys"]=" 6 " ["3 2 2 mw"]=" 2 7 8 9 " ["3 2 2 nd --reuse"]=" 2 ")

programs=0 graphs=0 deadlocks=0 bounded=0 wrong=0
differ() { echo "seed $seed, kind $kind: $*"; wrong=$((wrong + 1)); }

# explore MODE SEED THREADS OPERATIONS LOCATIONS KINDS [OPTION]: safe, deadlock or nothing complete, in $verdict.
explore() {
    local mode=$1
    shift
    timeout 600 "$bin" --quiet --mode="$mode" --count-deadlocks --graphs="$work/$mode.graphs" --outcomes="$work/$mode.outcomes" \
        "${@:6}" "$program" "${@:1:5}" >"$work/$mode.out" 2>&1
    local status=$?
    case $status,$(grep '^result:' "$work/$mode.out") in
    "0,result: safe"*) verdict=safe ;;
    "1,result: violation: "*" times deadlock or livelock"*) verdict=deadlock ;;
    "2,result: undecided: no execution was complete"*) verdict="nothing complete" ;;
    "2,result: undecided: bound hit: "*) verdict=$(sed -n 's/^result: undecided: \(bound hit: [^(]*\) (.*/\1/p' "$work/$mode.out") ;;
    "2,result: undecided: a random sample found nothing"*) verdict=sample ;;
    *) verdict="status $status" && differ "$mode: status $status: $(tail -n 1 "$work/$mode.out")" ;;
    esac
}

for kind in "${kinds[@]}"; do
    read -r -a words <<<"$kind"
    seed=0
    for ((drawn = 0; drawn < per_kind; drawn++)); do
        seed=$((seed + 1))
        while [[ ${slow[$kind]-} == *" $seed "* ]]; do seed=$((seed + 1)); done
        rm -f "$work"/*.graphs "$work"/*.outcomes
        explore exhaustive "$seed" "${words[@]}"
        reduced=$verdict
        explore brute "$seed" "${words[@]}"
        programs=$((programs + 1))
        [ "$reduced" = "$verdict" ] || differ "verdicts $reduced and $verdict"
        case $reduced in
        deadlock) deadlocks=$((deadlocks + 1)) ;;
        # Whoever sleeps with a deadline waits for it when nobody wakes him: more of them than the liberty allows.
        safe | "nothing complete" | "bound hit: timeouts per execution") ;;
        *) differ "$reduced" ;;
        esac
        [ -s "$work/exhaustive.graphs" ] || differ "nothing explored"
        [ -z "$(sort "$work/exhaustive.graphs" | uniq -d)" ] || differ "a graph was visited twice"
        cmp -s <(sort "$work/exhaustive.graphs") <(sort -u "$work/brute.graphs") || differ "different graphs"
        cmp -s "$work/exhaustive.outcomes" "$work/brute.outcomes" || differ "different outcomes"
        graphs=$((graphs + $(wc -l <"$work/exhaustive.graphs")))
        case ${words[3]} in *F)
            cp "$work/exhaustive.outcomes" "$work/frame.outcomes"
            explore exhaustive "$seed" "${words[@]:0:3}" "${words[3]%F}" "${words[@]:4}"
            [ "$verdict" = "$reduced" ] || differ "static atomics: $verdict instead of $reduced"
            cmp -s "$work/exhaustive.outcomes" "$work/frame.outcomes" || differ "static atomics have other outcomes"
            ;;
        esac
        explore random "$seed" "${words[@]}" --executions=300
        [ -z "$(comm -13 "$work/exhaustive.outcomes" "$work/random.outcomes")" ] || differ "random finds other outcomes"
        # It remembers more than brute force does, and takes longer, most of all with many threads.
        case ${words[3]} in *t*) most=6 ;; *) most=30 ;; esac
        [ "$(wc -l <"$work/exhaustive.graphs")" -le $most ] || continue
        bounded=$((bounded + 1))
        explore bounded "$seed" "${words[@]}" --preemptions=100
        cmp -s "$work/exhaustive.outcomes" "$work/bounded.outcomes" || differ "preemptions find different outcomes"
    done
done

unrolled=0
for kind in "2 2 2 lsw" "2 3 2 sw" "2 2 1 swu"; do
    read -r -a words <<<"$kind"
    for seed in $(seq 1 "$per_kind"); do
        explore exhaustive "$seed" "${words[@]}"
        cp "$work/exhaustive.outcomes" "$work/cut.outcomes"
        [ "$verdict" = safe ] || continue # a loop that may never end: unrolled it never does
        explore exhaustive "$seed" "${words[@]}" --unroll --events=9
        cmp -s "$work/cut.outcomes" "$work/exhaustive.outcomes" || differ "unrolling changes the outcomes"
        [ "$verdict" = "bound hit: events per thread" ] && unrolled=$((unrolled + 1))
    done
done
[ $bounded -ge "$per_kind" ] || differ "only $bounded programs with preemptions"
[ $unrolled -gt 0 ] || differ "no loop was unrolled"
[ $deadlocks -gt 0 ] || differ "no program deadlocks"
echo "cross-check ($1): $programs programs, $graphs graphs, $deadlocks with deadlocks, $wrong wrong"
[ $wrong -eq 0 ] && [ $graphs -gt $((programs * 5)) ]
