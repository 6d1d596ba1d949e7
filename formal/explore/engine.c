#include "engine.h"

#include "options.h"
#include "ops.h"
#include "report.h"
#include "watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

engine_stats stats;

/* ---- sets of hashes ---- */

static bool insert(hash_set *s, uint64_t h) {
    uint64_t i = (h * 0x9E3779B97F4A7C15ull) & (s->size - 1);
    for (; s->slot[i]; i = (i + 1) & (s->size - 1)) {
        if (s->slot[i] == h) {
            return false;
        }
    }
    s->slot[i] = h;
    return true;
}

bool hash_set_add(hash_set *s, uint64_t h) {
    if (h == 0) {
        h = 1;
    }
    if (s->used * 2 >= s->size) {
        hash_set bigger = {.size = s->size ? s->size * 2 : 1024};
        bigger.slot = calloc(bigger.size, sizeof *bigger.slot);
        if (!bigger.slot) {
            abort();
        }
        for (uint64_t i = 0; i < s->size; i++) {
            if (s->slot[i]) {
                insert(&bigger, s->slot[i]);
            }
        }
        free(s->slot);
        s->slot = bigger.slot;
        s->size = bigger.size;
    }
    bool added = insert(s, h);
    s->used += added;
    return added;
}

void hash_set_clear(hash_set *s) {
    free(s->slot);
    *s = (hash_set){0};
}

/* ---- outcomes ---- */

enum { OUTCOME_SIZE = 1024 };

static char outcome[MAX_THREADS][OUTCOME_SIZE];
static char **outcomes;
static int noutcomes;
static hash_set outcome_set;

static void reset_outcome(void) {
    for (int t = 0; t < MAX_THREADS; t++) {
        outcome[t][0] = 0;
    }
}

/* Kept by thread, so that it does not depend on the order in which threads report. */
void engine_outcome(const char *name, uint64_t value) {
    char *o = outcome[M.current->tid];
    size_t used = strlen(o);
    snprintf(o + used, OUTCOME_SIZE - used, "%s=%llu ", name, (unsigned long long)value);
}

/* In the order of the tree of creators: ids depend on which execution came first. */
static void gather(char *all, int tid) {
    strcat(all, outcome[tid]);
    for (int nth = 0, found = 1; found; nth++) {
        found = 0;
        for (int t = 1; t < born_threads; t++) {
            if (births[t].creator == tid && births[t].nth == nth) {
                gather(all, t);
                found = 1;
            }
        }
    }
}

static void keep_outcome(void) {
    char all[MAX_THREADS * OUTCOME_SIZE] = "";
    uint64_t h = 14695981039346656037ull;
    gather(all, 0);
    for (const char *p = all; *p; p++) {
        h = (h ^ (unsigned char)*p) * 1099511628211ull;
    }
    if (!all[0] || !hash_set_add(&outcome_set, h)) {
        return;
    }
    outcomes = realloc(outcomes, (size_t)(noutcomes + 1) * sizeof *outcomes);
    if (!outcomes) {
        abort();
    }
    all[strlen(all) - 1] = 0;
    outcomes[noutcomes++] = strdup(all);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void engine_write_outcomes(void) {
    FILE *f = options.outcomes ? fopen(options.outcomes, "w") : NULL;
    if (!f) {
        return;
    }
    qsort(outcomes, (size_t)noutcomes, sizeof *outcomes, by_text);
    for (int i = 0; i < noutcomes; i++) {
        fprintf(f, "%s\n", outcomes[i]);
    }
    fclose(f);
}

/* ---- counting ---- */

static struct timespec began;
static double next_progress = 1;

double engine_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!began.tv_sec) {
        began = now;
    }
    return (double)(now.tv_sec - began.tv_sec) + (double)(now.tv_nsec - began.tv_nsec) / 1e9;
}

static void progress(double seconds) {
    if (!options.progress || seconds < next_progress) {
        return;
    }
    next_progress = seconds + 1;
    uint64_t all = stats.complete + stats.blocked + stats.dropped;
    fprintf(stderr, "\r%llu complete, %llu blocked, %llu dropped, %.0f executions/s ",
            (unsigned long long)stats.complete, (unsigned long long)stats.blocked,
            (unsigned long long)stats.dropped, (double)all / seconds);
}

static FILE *graphs_file;

static void note_graph(char kind) {
    if (!options.graphs) {
        return;
    }
    if (!graphs_file) {
        graphs_file = fopen(options.graphs, "w");
    }
    if (graphs_file) {
        fprintf(graphs_file, "%c %016llx\n", kind, (unsigned long long)graph_hash(M.g));
    }
}

static void hit_bound(const char *which) {
    if (!stats.bound) {
        stats.bound = which;
    }
}

bool engine_count(enum run_end end) {
    if (M.g->total > stats.events) {
        stats.events = M.g->total;
    }
    if (end == RUN_COMPLETE) {
        keep_outcome();
    }
    reset_outcome();
    if (M.bound) {
        hit_bound(M.bound);
    }
    if (M.clock_stands) {
        stats.clock_stands = true;
        hit_bound("a loop waits for the clock");
        return false;
    }
    if (M.astray) {
        return false;
    }
    switch (end) {
    case RUN_COMPLETE:
        stats.complete++;
        note_graph('c');
        break;
    case RUN_BLOCKED:
        stats.blocked++;
        note_graph('b');
        break;
    case RUN_DEADLOCK:
        stats.blocked++;
        stats.deadlocks++;
        note_graph('d');
        break;
    case RUN_DROPPED:
        stats.dropped++;
        break;
    case RUN_BOUND:
        stats.cut_off++;
        break;
    case RUN_VIOLATION:
        return false;
    }
    uint64_t all = stats.complete + stats.blocked + stats.dropped + stats.cut_off;
    if (options.max_executions && all >= options.max_executions) {
        hit_bound("executions");
        return false;
    }
    if (watch_time_over) {
        hit_bound(watch_bound());
        return false;
    }
    if (all % 64 == 0) {
        progress(engine_seconds());
    }
    return true;
}
