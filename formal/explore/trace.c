#include "trace.h"

#include "engine.h"
#include "machine.h"
#include "options.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>

/* A line says that the clock passes (k), is a thread (t) and who created it as its how-manieth, or an event: who, and what was decided.
 * For a read the store it reads from, for a store the one it comes after, for a malloc the free whose block it takes, for a choice
 * the alternative. */
typedef struct decision {
    int tid;
    char what;
    unsigned a, b;
} decision;

static bool carried_before(event_id id, int step) {
    for (int i = 0; i < step; i++) {
        if (same_id(M.log[i], id)) {
            return true;
        }
    }
    return false;
}

/* The newest store before w in co that was carried out before this step. */
static event_id store_before(const event *w, int step) {
    for (int at = graph_co_position(M.g, w->loc, w->self) - 1; at > 0; at--) {
        event_id id = graph_co_at(M.g, w->loc, at);
        if (carried_before(id, step)) {
            return id;
        }
    }
    return (event_id){0, 0};
}

static bool in_co(const event *e) {
    for (int at = graph_co_count(M.g, e->loc); at > 0; at--) {
        if (same_id(graph_co_at(M.g, e->loc, at), e->self)) {
            return true;
        }
    }
    return false;
}

void trace_write(const char *path, const char *kind, int last) {
    FILE *f = fopen(path, "w");
    if (!f) {
        fprintf(stderr, "explore: cannot write %s\n", path);
        return;
    }
    fprintf(f, "# weft explore trace: %s\n", kind);
    if (options.clock_passes) {
        fprintf(f, "0 k 0 0\n");
    }
    for (int t = 1; t < born_threads; t++) {
        fprintf(f, "%d t %d %d\n", t, births[t].creator, births[t].nth);
    }
    for (int i = 0; i < M.nlog; i++) {
        const event *e = graph_event(M.g, M.log[i]);
        event_id id = e->kind == EV_WRITE && in_co(e) ? store_before(e, i) : e->rf;
        if (e->kind == EV_CHOICE) {
            fprintf(f, "%d c %u 0\n", e->self.tid, (unsigned)e->value);
        } else {
            fprintf(f, "%d %c %u %u\n", e->self.tid,
                    e->kind == EV_READ || e->kind == EV_MALLOC ? 'r'
                    : e->kind == EV_WRITE                      ? 'w'
                                                               : '-',
                    id.tid, id.idx);
        }
    }
    fprintf(f, "%d . 0 0\n", last < 0 ? 0 : last);
    fclose(f);
}

/* ---- replay ---- */

static decision *steps;
static int nsteps;

static void load(const char *path) {
    FILE *f = fopen(path, "r");
    char line[256];
    decision d;
    if (!f) {
        fprintf(stderr, "explore: cannot read %s\n", path);
        exit(3);
    }
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "%d %c %u %u", &d.tid, &d.what, &d.a, &d.b) != 4) {
            continue;
        }
        if (d.what == 'k') {
            options.clock_passes = true;
            options.clock_jumps += options.clock_jumps == 0;
            continue;
        }
        if (d.what == 't') {
            machine_thread_id((int)d.a, (int)d.b); /* ids as they were: in the order of first use */
            continue;
        }
        steps = realloc(steps, (size_t)(nsteps + 1) * sizeof *steps);
        if (!steps) {
            abort();
        }
        steps[nsteps++] = d;
    }
    fclose(f);
}

static const decision *now(void) {
    static const decision none = {0, '.', 0, 0};
    int at = M.nlog - 1; /* the event being decided is in the log already */
    return at < nsteps ? &steps[at] : &none;
}

static _Noreturn void mismatch(void) {
    fprintf(stderr, "explore: the trace does not fit this program\n");
    exit(3);
}

static bool stay(thread *t) {
    return M.nlog >= nsteps - 1 || steps[M.nlog].tid == t->tid;
}

static int pick(const bool *enabled) {
    int tid = steps[M.nlog < nsteps ? M.nlog : nsteps - 1].tid;
    if (enabled[tid]) {
        return tid;
    }
    for (int t = 0; t < MAX_THREADS && M.nlog >= nsteps - 1; t++) {
        if (enabled[t]) {
            return t;
        }
    }
    mismatch();
}

static int choose_rf(event *e, const event_id *source, int n) {
    (void)e;
    event_id want = {(uint16_t)now()->a, (uint16_t)now()->b};
    for (int i = 0; i < n; i++) {
        if (now()->what != 'r' || same_id(source[i], want)) {
            return i;
        }
    }
    mismatch();
}

static bool place(event *e) {
    graph_set_co(M.g, e, (event_id){(uint16_t)now()->a, (uint16_t)now()->b});
    return true;
}

static int choose(event *e, int n) {
    (void)e;
    return now()->what == 'c' && (int)now()->a < n ? (int)now()->a : 0;
}

static int choose_block(event *e, const event_id *freed, int n) {
    (void)e;
    for (int i = 0; i < n; i++) {
        if (same_id(freed[i], (event_id){(uint16_t)now()->a, (uint16_t)now()->b})) {
            return i;
        }
    }
    return n;
}

static void freed(event *e) {
    (void)e;
}

static const driver replay = {
    .name = "replay",
    .stay = stay,
    .pick = pick,
    .choose_rf = choose_rf,
    .place = place,
    .choose = choose,
    .choose_block = choose_block,
    .freed = freed,
    .wakes_awaits = true,
};

void explore_replay(void) {
    static graph g; /* the report still looks at it */
    graph_clear(&g);
    load(options.trace_in);
    if (!nsteps) {
        mismatch();
    }
    engine_count(machine_run(&g, &replay));
}
