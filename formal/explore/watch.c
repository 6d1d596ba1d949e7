/* A timer ticks while there is a limit. Once it has passed, the program's next entry into the explorer ends the run; a tick that
 * finds the program in its own code ends it there, for a loop without a single access that is instrumented. */
#include "watch.h"

#include "engine.h"
#include "machine.h"
#include "options.h"
#include "program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    TICK_MICROSECONDS = 100000,
    STUCK_TICKS = 5, /* an execution of the usual size takes less than a millisecond */
    LAST_TICKS = 100 /* over the time: neither the program's code nor an entry was met */
};

volatile int watch_time_over;

static uint64_t run_seen;
static volatile int ticks_in_run;
static int ticks_over, stuck_thread;
static uintptr_t stuck_at;

void watch_end_run(uintptr_t pc) {
    if (ticks_in_run >= STUCK_TICKS) {
        stuck_thread = M.current->tid;
        stuck_at = pc;
    }
    machine_bound("time");
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
                     "result: undecided: bound hit: time, inside one execution (%llu complete "
                     "executions, %llu blocked; %.3f s)\n",
                     (unsigned long long)stats.complete, (unsigned long long)stats.blocked,
                     engine_seconds());
    if (write(1, text, (size_t)n) < 0) {
        _exit(3);
    }
    _exit(2);
}

static void on_tick(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    uintptr_t pc = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
    ticks_in_run = M.run == run_seen ? ticks_in_run + 1 : 0;
    run_seen = M.run;
    if (engine_seconds() < options.max_seconds) {
        return;
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
    if (options.max_seconds == 0) {
        return;
    }
    struct sigaction action = {.sa_sigaction = on_tick,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    double first = options.max_seconds * 1e6;
    struct itimerval timer = {.it_interval.tv_usec = TICK_MICROSECONDS,
                              .it_value.tv_usec = first < 1                   ? 1
                                                  : first > TICK_MICROSECONDS ? TICK_MICROSECONDS
                                                                              : (long)first};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

void watch_stop(void) {
    static const struct itimerval never;
    setitimer(ITIMER_REAL, &never, NULL);
}
