/* A timer ticks. Once the time is over, or an execution has used too much processor time for one event, the program's next entry
 * into the explorer ends the run; a tick that finds the program in its own code ends it there, for a loop without a single access
 * that is instrumented. */
#include "watch.h"

#include "engine.h"
#include "machine.h"
#include "options.h"
#include "program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    TICK_MICROSECONDS = 100000,
    STUCK_TICKS = 5, /* an execution of the usual size takes less than a millisecond */
    LAST_TICKS = 100 /* over the time: neither the program's code nor an entry was met */
};

volatile int watch_time_over;

static const char *bound;
static uint64_t run_seen;
static int events_seen;
static double event_began;
static volatile int ticks_in_run;
static int ticks_over, stuck_thread;
static uintptr_t stuck_at;

void watch_end_run(uintptr_t pc) {
    if (ticks_in_run >= STUCK_TICKS) {
        stuck_thread = M.current->tid;
        stuck_at = pc;
    }
    machine_bound(bound);
}

const char *watch_bound(void) {
    return bound;
}

uintptr_t watch_stuck_at(void) {
    return stuck_at;
}
int watch_stuck_thread(void) {
    return stuck_thread;
}

/* The explorer itself, or libc on behalf of the program, does not come to an end: no way back from here. */
static _Noreturn void give_up(void) {
    char text[200];
    int n = snprintf(text, sizeof text,
                     "result: undecided: bound hit: %s, inside one execution (%llu complete "
                     "executions, %llu blocked; %.3f s)\n",
                     bound, (unsigned long long)stats.complete, (unsigned long long)stats.blocked,
                     engine_seconds());
    if (write(1, text, (size_t)n) < 0) {
        _exit(3);
    }
    _exit(2);
}

/* Both bounds go by it: the time of others, or a stop of the machine, counts for nothing. */
static double processor_seconds(void) {
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* The bound that is hit, or NULL. */
static const char *look_at_bounds(void) {
    double now = processor_seconds();
    if (M.run != run_seen || M.nlog != events_seen) {
        event_began = now;
    }
    ticks_in_run = M.run == run_seen ? ticks_in_run + 1 : 0;
    run_seen = M.run;
    events_seen = M.nlog;
    if (options.max_seconds > 0 && now >= options.max_seconds) {
        return "time";
    }
    bool stuck = options.stuck_seconds > 0 && now - event_began >= options.stuck_seconds;
    return stuck ? "time without an event" : NULL;
}

static void on_tick(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    uintptr_t pc = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
    const char *hit = look_at_bounds();
    if (!bound && !hit) {
        return;
    }
    if (!bound) {
        bound = hit;
    }
    watch_time_over = 1;
    bool in_program = M.current && program_has_code(pc);
    if (in_program) {
        watch_end_run(pc);
    }
    if (++ticks_over == LAST_TICKS) {
        give_up();
    }
}

void watch_start(void) {
    struct sigaction action = {.sa_sigaction = on_tick,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    double limit = options.max_seconds * 1e6;
    long first = limit < 1 ? 1 : (long)limit;
    if (options.max_seconds == 0 || limit > TICK_MICROSECONDS) {
        first = TICK_MICROSECONDS;
    }
    struct itimerval timer = {.it_interval.tv_usec = TICK_MICROSECONDS, .it_value.tv_usec = first};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

void watch_stop(void) {
    static const struct itimerval never;
    setitimer(ITIMER_REAL, &never, NULL);
}
