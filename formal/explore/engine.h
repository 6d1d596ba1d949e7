/* What the ways to explore share: counts, bounds, and the file of outcomes. */
#ifndef EXPLORE_ENGINE_H
#define EXPLORE_ENGINE_H

#include "machine.h"

typedef struct engine_stats {
    uint64_t complete, blocked, dropped, duplicates;
    uint64_t cut_off;   /* at a bound */
    uint64_t deadlocks; /* counted among the blocked ones */
    uint64_t events;    /* most events in one execution */
    uint64_t revisits;
    uint64_t changes;  /* of priorities that took place */
    const char *bound; /* the first bound hit; NULL: none */
    bool clock_stands; /* a loop waits for a clock that does not pass */
} engine_stats;

extern engine_stats stats;

/* Counts a finished run. false: stop exploring (a violation, or a bound on the whole exploration). */
bool engine_count(enum run_end end);
double engine_seconds(void);

/* A set of 64-bit hashes. Returns true if h is new. */
typedef struct hash_set {
    uint64_t *slot;
    uint64_t size, used;
} hash_set;
bool hash_set_add(hash_set *s, uint64_t h);
void hash_set_clear(hash_set *s);

/* The outcome the program records in the current execution, and the distinct ones of all complete executions. */
void engine_outcome(const char *name, uint64_t value);
void engine_write_outcomes(void);

/* Each returns when it is done; stats says what it saw. */
void explore_by_reduction(void);
void explore_interleavings(void);
void explore_random(void);
void explore_replay(void);

#endif
