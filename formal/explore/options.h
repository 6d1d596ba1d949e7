/* What the user asked for. Every bound here, when it is hit, ends in the result "undecided". */
#ifndef EXPLORE_OPTIONS_H
#define EXPLORE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum mode {
    MODE_EXHAUSTIVE, /* every execution graph once, by reduction (dpor.c) */
    MODE_BRUTE,      /* every interleaving, no reduction; visited prefixes are remembered */
    MODE_BOUNDED,    /* every interleaving with at most so many preemptions */
    MODE_RANDOM,     /* random executions, thread priorities as in PCT */
    MODE_REPLAY,     /* one execution from a trace file */
};

typedef struct options {
    enum mode mode;
    const char *program; /* shared object made from the instrumented sources */
    int argc;            /* what the program's main gets */
    char **argv;
    const char *trace_out; /* where a violation's trace goes */
    const char *trace_in;  /* MODE_REPLAY */
    const char *outcomes;  /* file that gets every distinct recorded outcome */
    const char *graphs;    /* file that gets the hash of every complete graph */
    int max_events;        /* per thread and execution */
    double max_seconds;    /* of the processor, for the whole exploration, 0: any */
    double stuck_seconds;  /* of the processor, in one execution without an event, 0: any */
    uint64_t max_executions;
    int preemptions;      /* MODE_BOUNDED */
    uint64_t seed;        /* MODE_RANDOM */
    int depth;            /* MODE_RANDOM: priority change points */
    int spurious_cas;     /* spurious weak-CAS failures per execution */
    int spurious_wakes;   /* spurious returns (EINTR) of a wait per execution */
    int timeouts;         /* expired deadlines per execution */
    bool no_deadlines;    /* there are none: who waits and is not woken is stuck */
    int clock_jumps;      /* times the clock leaps ahead, per execution */
    bool clock_passes;    /* and then, whenever it is looked at */
    bool count_deadlocks; /* instead of stopping at the first */
    bool unroll;          /* loops that only wait are unrolled like any other */
    bool reuse;           /* malloc may return a freed block */
    bool leaks;           /* a block never freed is an error */
    bool quiet, progress;
} options_t;

extern options_t options;

#endif
