/* explore: options, the choice of a way to explore, the verdict.
 *
 * Exit status: 0 safe, 1 violation, 2 undecided, 3 the explorer itself failed.
 */
#include "engine.h"
#include "options.h"
#include "names.h"
#include "program.h"
#include "report.h"
#include "watch.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <ucontext.h>
#include <unistd.h>

options_t options = {
    .max_events = 1000,
    .stuck_seconds = 10,
    .preemptions = 2,
    .seed = 1,
    .depth = 3,
    .spurious_cas = 1,
    .spurious_wakes =
        1, /* 5 times the executions of what parks, and without it an `if` around a wait passes */
    .timeouts = 1,
    .clock_jumps = 0,
    .progress = true,
};

static const char usage[] =
    "usage: explore [options] PROGRAM.so [arguments of main]\n"
    "  --mode=exhaustive|brute|bounded|random    default exhaustive\n"
    "  --preemptions=N      bounded: at most N per execution (2)\n"
    "  --seed=N --depth=N   random: first seed (1), priority changes per execution (3)\n"
    "  --executions=N       stop after N executions\n"
    "  --time=SECONDS       stop after so much time of the processor\n"
    "  --stuck=SECONDS      stop when an execution uses so much of the processor without an event "
    "(10)\n"
    "  --events=N           at most N events per thread (1000)\n"
    "  --spurious-cas=N     weak compare-exchanges that fail for no reason, per execution (1)\n"
    "  --spurious-wakes=N   waits that return for no reason, per execution (1)\n"
    "  --timeouts=N         deadlines that pass, per execution (1)\n"
    "  --no-deadlines       waits have none: who is not woken is stuck, who only sleeps as well\n"
    "  --clock-jumps=N      leaps of the clock, per execution (0)\n"
    "  --clock-passes       from its last leap on (1) the clock is later each time it is looked "
    "at\n"
    "                       (so anyway where a loop waits for it)\n"
    "  --reuse              malloc may return a block that was freed\n"
    "  --leaks              a block that is never freed is an error\n"
    "  --trace=FILE         where the trace of a violation goes\n"
    "  --replay=FILE        run the one execution of a trace file\n"
    "  --outcomes=FILE      write the distinct outcomes (explore_outcome)\n"
    "  --graphs=FILE        write the hash of each complete (c), blocked (b) and deadlocked (d) "
    "graph\n"
    "  --count-deadlocks    go on after a deadlock or livelock (for tests)\n"
    "  --unroll             treat loops that only wait like any other (for tests)\n"
    "  --quiet              no progress line\n";

static _Noreturn void bad_usage(const char *what) {
    fprintf(stderr, "explore: %s\n%s", what, usage);
    exit(3);
}

static const char *value_of(const char *argument, const char *name) {
    size_t n = strlen(name);
    return strncmp(argument, name, n) == 0 && argument[n] == '=' ? argument + n + 1 : NULL;
}

static enum mode mode_named(const char *name) {
    static const char *const names[] = {"exhaustive", "brute", "bounded", "random"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum mode)i;
        }
    }
    bad_usage("no such mode");
}

static uint64_t count_of(const char *text, const char *argument) {
    char *end;
    uint64_t count = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0') {
        bad_usage(argument);
    }
    return count;
}

static double seconds_of(const char *text, const char *argument) {
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0') {
        bad_usage(argument);
    }
    return seconds;
}

static bool number_option(const char *argument) {
    static const struct {
        const char *name;
        int *to;
    } numbers[] = {
        {"--preemptions", &options.preemptions}, {"--depth", &options.depth},
        {"--events", &options.max_events},       {"--spurious-cas", &options.spurious_cas},
        {"--timeouts", &options.timeouts},       {"--spurious-wakes", &options.spurious_wakes},
        {"--clock-jumps", &options.clock_jumps},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const char *v = value_of(argument, numbers[i].name);
        if (!v) {
            continue;
        }
        uint64_t count = count_of(v, argument);
        if (count > INT_MAX) {
            bad_usage(argument);
        }
        *numbers[i].to = (int)count;
        return true;
    }
    return false;
}

static void parse_option(const char *argument) {
    const char *v;
    if (number_option(argument)) {
        return;
    }
    if ((v = value_of(argument, "--mode"))) {
        options.mode = mode_named(v);
    } else if ((v = value_of(argument, "--seed"))) {
        options.seed = count_of(v, argument);
    } else if ((v = value_of(argument, "--executions"))) {
        options.max_executions = count_of(v, argument);
    } else if ((v = value_of(argument, "--time"))) {
        options.max_seconds = seconds_of(v, argument);
    } else if ((v = value_of(argument, "--stuck"))) {
        options.stuck_seconds = seconds_of(v, argument);
    } else if ((v = value_of(argument, "--trace"))) {
        options.trace_out = v;
    } else if ((v = value_of(argument, "--outcomes"))) {
        options.outcomes = v;
    } else if ((v = value_of(argument, "--graphs"))) {
        options.graphs = v;
    } else if ((v = value_of(argument, "--replay"))) {
        options.trace_in = v;
        options.mode = MODE_REPLAY;
    } else if (strcmp(argument, "--reuse") == 0) {
        options.reuse = true;
    } else if (strcmp(argument, "--unroll") == 0) {
        options.unroll = true;
    } else if (strcmp(argument, "--count-deadlocks") == 0) {
        options.count_deadlocks = true;
    } else if (strcmp(argument, "--no-deadlines") == 0) {
        options.no_deadlines = true;
        options.timeouts = 0;
    } else if (strcmp(argument, "--leaks") == 0) {
        options.leaks = true;
    } else if (strcmp(argument, "--clock-passes") == 0) {
        options.clock_passes = true;
    } else if (strcmp(argument, "--quiet") == 0) {
        options.progress = false;
    } else {
        bad_usage(argument);
    }
}

static void parse(int argc, char **argv) {
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        parse_option(argv[i]);
    }
    if (i == argc) {
        bad_usage("no program");
    }
    options.program = argv[i];
    options.argc = argc - i;
    options.argv = argv + i;
    if (options.depth > 64) {
        bad_usage("--depth is at most 64");
    }
    if (options.max_events > 4000 || options.max_events < 1) {
        bad_usage("--events is between 1 and 4000");
    }
    if (options.clock_passes && options.clock_jumps == 0) {
        options.clock_jumps = 1;
    }
    if (options.mode == MODE_RANDOM && !options.max_executions && options.max_seconds == 0) {
        options.max_executions = 10000;
    }
}

/* ---- faults of the program ---- */

static void on_fault(int signal, siginfo_t *info, void *context) {
    uintptr_t pc = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
    pc = program_has_code(pc) ? pc + 1 : 0; /* where a call would return to */
    if (!M.current) {
        report_internal("fault outside the program");
    }
    if (machine_overflowed((uintptr_t)info->si_addr)) {
        violation_at(pc, "stack overflow", "thread %d needs more stack than its %zu MiB",
                     M.current->tid, M.current->stack_size >> 20);
    }
    if (signal == SIGFPE) {
        violation_at(pc, "fault", "a division by zero, or one with a result that is too big");
    }
    if (signal == SIGILL) {
        violation_at(pc, "fault", "an instruction that traps");
    }
    violation_at(pc, "fault", "access to address %p", info->si_addr);
}

static void catch_faults(void) {
    static char stack[64 * 1024];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigaltstack(&alternate, NULL);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    sigaction(SIGILL, &action, NULL);
}

/* ---- verdict ---- */

static void print_liberty(int n, const char *one, const char *many) {
    printf("%d %s, ", n, n == 1 ? one : many);
}

/* Safe means: with at most this much of what the platform may do but need not. */
static void print_liberties(void) {
    print_liberty(options.spurious_cas, "spurious CAS", "spurious CAS");
    print_liberty(options.spurious_wakes, "spurious wake", "spurious wakes");
    print_liberty(options.timeouts, "timeout", "timeouts");
    print_liberty(options.clock_jumps, "clock jump", "clock jumps");
    printf("%s", options.clock_passes ? "then a clock that passes, " : "");
    printf("%s", options.reuse ? "address reuse" : "no address reuse");
}

static void print_stuck(void) {
    uintptr_t pc = watch_stuck_at();
    if (pc) {
        names_prepare(pc, 0);
        printf("\nan execution goes on and on: when the time was over thread %d was at %s\n",
               watch_stuck_thread(), name_of_line(pc));
    }
}

#define SC_BOUND "more than 512 seq_cst accesses and fences, or 4096 events, in one execution"

static int verdict(void) {
    if (report_kind()) {
        report_print();
        printf("result: violation: %s", report_kind());
        return 1;
    }
    if (stats.deadlocks) {
        printf("result: violation: %llu times deadlock or livelock",
               (unsigned long long)stats.deadlocks);
        return 1;
    }
    if (options.mode == MODE_RANDOM) {
        printf("result: undecided: a random sample found nothing with %llu changes of priority",
               (unsigned long long)stats.changes);
        if (stats.cut_off) {
            printf("; %llu executions were cut off, the first by a bound: %s",
                   (unsigned long long)stats.cut_off, stats.bound);
        }
        if (graph_sc_full) {
            printf("; and not all of them were drawn from: " SC_BOUND);
        }
        return 2;
    }
    if (options.mode == MODE_REPLAY) {
        printf("result: undecided: one execution found nothing");
        return 2;
    }
    if (graph_sc_full && !stats.bound) {
        stats.bound = SC_BOUND;
    }
    if (M.unmodelled) {
        printf("result: undecided: the program does what is not modelled: %s", M.unmodelled);
        return 2;
    }
    if (stats.bound) {
        print_stuck();
        printf("result: undecided: bound hit: %s", stats.bound);
        return 2;
    }
    if (!stats.complete) {
        printf("result: undecided: no execution was complete");
        return 2;
    }
    printf("result: safe within ");
    print_liberties();
    return 0;
}

static void print_counts(double seconds) {
    uint64_t all = stats.complete + stats.blocked + stats.dropped;
    printf(" (%llu complete executions, %llu blocked, %llu dropped, at most %llu events; %.3f s, "
           "%.0f executions/s)\n",
           (unsigned long long)stats.complete, (unsigned long long)stats.blocked,
           (unsigned long long)stats.dropped, (unsigned long long)stats.events, seconds,
           seconds > 0 ? (double)all / seconds : 0);
}

/* The same addresses in every process: traces and hashes can be compared. Where that is not permitted, things work without. */
static void fix_addresses(char **argv) {
    int now = personality(0xffffffff);
    if (now == -1 || (now & ADDR_NO_RANDOMIZE) ||
        personality((unsigned long)now | ADDR_NO_RANDOMIZE) == -1) {
        return;
    }
    if (personality(0xffffffff) & ADDR_NO_RANDOMIZE) {
        execv("/proc/self/exe", argv);
    }
}

/* Where a loop waits for the clock, the exploration begins again with one that passes: its choices multiply the executions of every
 * program that looks at the clock, so they are made only then. */
static void start_again_with_clock(int argc, char **argv) {
    char **again = calloc((size_t)argc + 2, sizeof *again);
    static char option[] = "--clock-passes";
    if (!again) {
        abort();
    }
    again[0] = argv[0];
    again[1] = option;
    memcpy(again + 2, argv + 1, (size_t)(argc - 1) * sizeof *again);
    execv("/proc/self/exe", again);
    free(again);
}

int main(int argc, char **argv) {
    parse(argc, argv);
    fix_addresses(argv);
    options.progress = options.progress && isatty(2);
    const char *problem = program_load(options.program);
    if (problem) {
        fprintf(stderr, "explore: %s\n", problem);
        return 3;
    }
    catch_faults();
    engine_seconds();
    watch_start();
    switch (options.mode) {
    case MODE_EXHAUSTIVE:
        explore_by_reduction();
        break;
    case MODE_BRUTE:
    case MODE_BOUNDED:
        explore_interleavings();
        break;
    case MODE_RANDOM:
        explore_random();
        break;
    case MODE_REPLAY:
        explore_replay();
        break;
    }
    watch_stop();
    if (stats.clock_stands && !report_kind()) {
        start_again_with_clock(argc, argv);
    }
    double seconds = engine_seconds();
    int status = verdict();
    print_counts(seconds);
    engine_write_outcomes();
    fflush(NULL);
    _exit(status);
}
