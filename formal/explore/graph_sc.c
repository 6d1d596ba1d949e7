/* The SC axiom of RC11: psc is acyclic (Lahav, Vafeiadis, Kang, Hur, Dreyer, PLDI 2017, section 3).
 *
 *   scb      = po | po!=loc ; hb ; po!=loc | hb=loc | co | fr
 *   psc_base = ([SC] | [Fsc]; hb?) ; scb ; ([SC] | hb?; [Fsc])
 *   psc_F    = [Fsc] ; (hb | hb; eco; hb) ; [Fsc]
 *
 * Light fences are nodes like SC fences, but an edge from or to one counts only when its other end is a heavy fence: a light
 * fence costs nothing and orders nothing on its own (asymmetric fences, C++ proposal P1202).
 * Plain accesses are not in the graph, so they add nothing to po!=loc: that leaves more behaviours, never fewer.
 */
#include "graph.h"

#include "locations.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_WORDS = 64, MAX_EVENTS = MAX_WORDS * 64, MAX_NODES = 512 };

typedef struct sc_work {
    const graph *g;
    int n, words;
    const event *ev[MAX_EVENTS];
    int position[MAX_EVENTS]; /* in co: of the store, or of the store a read reads */
    int base[MAX_THREADS];    /* number of the first event of a thread */
    int node_count;
    int node[MAX_NODES];
    uint64_t edge[MAX_NODES][MAX_NODES / 64];
} sc_work;

static bool access_event(const event *e) {
    return e->kind == EV_READ || e->kind == EV_WRITE;
}
static bool fence_node(const event *e) {
    return e->kind == EV_FENCE && (e->order == MO_SEQ_CST || (e->flags & (EF_LIGHT | EF_HEAVY)));
}
static bool sc_node(const event *e) {
    return fence_node(e) || (access_event(e) && e->order == MO_SEQ_CST);
}
static bool hb(const event *a, const event *b) {
    return a != b && has_id(&b->hb, a->self);
}

/* A queue of the operating system and a mutex that is found locked are no atomic objects: what reads from whom there, and what
 * comes before what, orders no fences. */
static bool ordering_access(const event *e) {
    bool queue = (e->flags & EF_SEAM) && locations[e->loc].space != SPACE_MEMORY;
    return access_event(e) && !queue && !graph_found_locked(e);
}

/* eco on accesses of one location, from positions in co. */
static bool eco(const sc_work *s, int a, int b) {
    const event *x = s->ev[a], *y = s->ev[b];
    if (a == b || x->loc != y->loc || !ordering_access(x) || !ordering_access(y)) {
        return false;
    }
    if (x->kind == EV_WRITE && y->kind == EV_READ) {
        return s->position[a] <= s->position[b];
    }
    return s->position[a] < s->position[b];
}

/* Events the model's po does not have: the explorer's own choices, malloc and free, what happens inside the operating system, a
 * mutex that is found locked, and light fences, which order nothing here. */
static bool outside_model(const event *e) {
    return e->kind == EV_CHOICE || e->kind == EV_MALLOC || e->kind == EV_FREE ||
           (e->flags & (EF_LIGHT | EF_SEAM)) || graph_found_locked(e);
}

/* The next (step 1) or previous (step -1) event of the thread at another location, as po!=loc wants it; NULL: none. */
static const event *other_location(const sc_work *s, const event *e, int step) {
    const thread_events *t = &s->g->th[e->self.tid];
    for (int i = e->self.idx - 1 + step; i >= 0 && i < t->n; i += step) {
        const event *other = &t->ev[i];
        if (!outside_model(other) && (other->loc != e->loc || e->loc < 0)) {
            return other;
        }
    }
    return NULL;
}

static bool scb(const sc_work *s, int a, int b) {
    const event *x = s->ev[a], *y = s->ev[b];
    if (a == b) {
        return false;
    }
    if (x->self.tid == y->self.tid && x->self.idx < y->self.idx) {
        return true;
    }
    if (ordering_access(x) && ordering_access(y) && x->loc == y->loc) {
        if (hb(x, y)) {
            return true;
        }
        return y->kind == EV_WRITE && s->position[a] < s->position[b]; /* co or fr */
    }
    if (!hb(x, y)) {
        return false;
    }
    const event *after = other_location(s, x, 1), *before = other_location(s, y, -1);
    return after && before && hb(after, before);
}

bool graph_sc_full;

/* false: there are too many. */
static bool number_events(sc_work *s, const graph *g) {
    s->g = g;
    s->n = s->node_count = 0;
    for (int t = 0; t < MAX_THREADS; t++) {
        s->base[t] = s->n;
        for (int i = 0; i < g->th[t].n; i++) {
            const event *e = &g->th[t].ev[i];
            if (s->n == MAX_EVENTS || s->node_count == MAX_NODES) {
                graph_sc_full = true;
                return false;
            }
            if (access_event(e)) {
                s->position[s->n] =
                    graph_co_position(g, e->loc, e->kind == EV_WRITE ? e->self : e->rf);
            }
            if (sc_node(e)) {
                s->node[s->node_count++] = s->n;
            }
            s->ev[s->n++] = e;
        }
    }
    s->words = (s->node_count + 63) / 64;
    return true;
}

static bool paired(const event *a, const event *b) {
    if ((a->flags & EF_LIGHT) && !(b->flags & EF_HEAVY)) {
        return false;
    }
    return !(b->flags & EF_LIGHT) || (a->flags & EF_HEAVY);
}

/* Marks the nodes that node from reaches by a psc edge whose last step ends in event y, and at y itself if direct. */
static void mark_targets(sc_work *s, int from, int y, bool direct, bool through_hb) {
    const event *start = s->ev[s->node[from]], *end = s->ev[y];
    for (int k = 0; k < s->node_count; k++) {
        const event *b = s->ev[s->node[k]];
        bool reached = (direct && s->node[k] == y) || (through_hb && fence_node(b) && hb(end, b));
        if (!reached || !paired(start, b)) {
            continue;
        }
        s->edge[from][k / 64] |= 1ull << (k % 64);
    }
}

static void edges_from(sc_work *s, int from) {
    int a = s->node[from];
    bool fence = fence_node(s->ev[a]);
    memset(s->edge[from], 0, sizeof s->edge[from]);
    if (fence) {
        mark_targets(s, from, a, false, true); /* psc_F: hb */
    }
    for (int x = 0; x < s->n; x++) {
        bool before = fence && hb(s->ev[a], s->ev[x]);
        if (x != a && !before) {
            continue;
        }
        for (int y = 0; y < s->n; y++) {
            if (scb(s, x, y)) {
                mark_targets(s, from, y, true, true);
            }
            if (before && eco(s, x, y)) {
                mark_targets(s, from, y, false, true); /* psc_F: hb; eco; hb */
            }
        }
    }
}

static bool cyclic_from(sc_work *s, int node, uint8_t *state) {
    state[node] = 1;
    for (int k = 0; k < s->node_count; k++) {
        if (!(s->edge[node][k / 64] >> (k % 64) & 1)) {
            continue;
        }
        if (state[k] == 1 || (state[k] == 0 && cyclic_from(s, k, state))) {
            return true;
        }
    }
    state[node] = 2;
    return false;
}

/* An event at the end of its thread has no successor in hb. It can close a psc cycle only by an edge that leaves it backwards:
 * fr or co to a store already there. Without one, or without an SC event on its side, there is nothing to check. */
static bool may_close_cycle(const graph *g, const event *e) {
    if (g->sc_count < 2 || !ordering_access(e)) {
        return false;
    }
    return graph_co_position(g, e->loc, e->kind == EV_WRITE ? e->self : e->rf) <
           graph_co_count(g, e->loc);
}

bool graph_sc_ok(const graph *g, const event *e) {
    static sc_work work;
    static uint8_t state[MAX_NODES];
    if (!may_close_cycle(g, e)) {
        return true;
    }
    if (!number_events(&work, g)) {
        return false;
    }
    for (int k = 0; k < work.node_count; k++) {
        edges_from(&work, k);
    }
    memset(state, 0, sizeof state);
    for (int k = 0; k < work.node_count; k++) {
        if (state[k] == 0 && cyclic_from(&work, k, state)) {
            return false;
        }
    }
    return true;
}
