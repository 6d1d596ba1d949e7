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

enum { MAX_EVENTS = 4096, MAX_NODES = 512, NOWHERE = UINT16_MAX };

/* What is the oldest that some accesses to a location have, and that the stores among them are? Valid for one question. */
typedef struct oldest {
    uint64_t question;
    uint16_t any, store;
} oldest;

typedef struct sc_work {
    const graph *g;
    int n;
    const event *ev[MAX_EVENTS];
    int loc[MAX_EVENTS];           /* of an access that orders (see below); -1: it is none */
    uint16_t position[MAX_EVENTS]; /* in co: of the store, or of the store a read reads */
    bool store[MAX_EVENTS];
    int base[MAX_THREADS]; /* number of the first event of a thread */
    int node_count;
    int node[MAX_NODES];
    uint64_t edge[MAX_NODES][MAX_NODES / 64];
    uint64_t question;
    oldest *of; /* a location's */
    int nof;
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
    if (s->loc[a] >= 0 && s->loc[a] == s->loc[b]) {
        return hb(x, y) || (s->store[b] && s->position[a] < s->position[b]); /* co or fr */
    }
    if (!hb(x, y)) {
        return false;
    }
    const event *after = other_location(s, x, 1), *before = other_location(s, y, -1);
    return after && before && hb(after, before);
}

bool graph_sc_full;

static void number_event(sc_work *s, const event *e) {
    int i = s->n++;
    s->ev[i] = e;
    s->loc[i] = -1;
    if (ordering_access(e)) {
        s->loc[i] = e->loc;
        s->store[i] = e->kind == EV_WRITE;
        s->position[i] = (uint16_t)graph_co_position(s->g, e->loc, s->store[i] ? e->self : e->rf);
    }
    if (sc_node(e)) {
        s->node[s->node_count++] = i;
    }
}

/* false: there are too many. */
static bool number_events(sc_work *s, const graph *g) {
    s->g = g;
    s->n = s->node_count = 0;
    for (int t = 0; t < MAX_THREADS; t++) {
        s->base[t] = s->n;
        for (int i = 0; i < g->th[t].n; i++) {
            if (s->n == MAX_EVENTS || s->node_count == MAX_NODES) {
                graph_sc_full = true;
                return false;
            }
            number_event(s, &g->th[t].ev[i]);
        }
    }
    if (s->nof < location_count) {
        free(s->of);
        s->nof = location_count;
        s->of = calloc((size_t)s->nof, sizeof *s->of);
        if (!s->of) {
            abort();
        }
    }
    return true;
}

static bool paired(const event *a, const event *b) {
    if ((a->flags & EF_LIGHT) && !(b->flags & EF_HEAVY)) {
        return false;
    }
    return !(b->flags & EF_LIGHT) || (a->flags & EF_HEAVY);
}

/* The first event of a thread that a happens before. What follows it there comes after a, too. */
static int first_after(const graph *g, const event *a, int t) {
    int low = 0, high = g->th[t].n;
    if (t == a->self.tid) {
        return a->self.idx;
    }
    while (low < high) {
        int mid = (low + high) / 2;
        if (has_id(&g->th[t].ev[mid].hb, a->self)) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return low;
}

/* By thread: the first event of a set; NOWHERE: none. */
typedef struct firsts {
    uint16_t idx[MAX_THREADS];
} firsts;

static firsts nothing(void) {
    firsts f;
    memset(&f, 0xFF, sizeof f); /* NOWHERE */
    return f;
}

static void note_first(firsts *f, const event *y) {
    if (y->self.idx < f->idx[y->self.tid]) {
        f->idx[y->self.tid] = y->self.idx;
    }
}

/* Does one of the set, or one that it happens before, happen before b? */
static bool some_before(const firsts *f, const event *b) {
    for (int t = 0; t < MAX_THREADS; t++) {
        if (f->idx[t] <= b->hb.count[t]) {
            return true;
        }
    }
    return false;
}

static void set_edge(sc_work *s, int from, int to) {
    if (paired(s->ev[s->node[from]], s->ev[s->node[to]])) {
        s->edge[from][to / 64] |= 1ull << (to % 64);
    }
}
/* x is among the accesses asked about. */
static void note_oldest(sc_work *s, int x) {
    if (s->loc[x] < 0) {
        return;
    }
    oldest *o = &s->of[s->loc[x]];
    uint16_t at = s->position[x];
    if (o->question != s->question) {
        *o = (oldest){s->question, NOWHERE, NOWHERE};
    }
    o->any = at < o->any ? at : o->any;
    if (s->store[x]) {
        o->store = at < o->store ? at : o->store;
    }
}

/* Does eco lead from one of them to y? */
static bool after_oldest(const sc_work *s, int y) {
    if (s->loc[y] < 0 || s->of[s->loc[y]].question != s->question) {
        return false;
    }
    const oldest *o = &s->of[s->loc[y]];
    return o->any < s->position[y] || (!s->store[y] && o->store <= s->position[y]);
}

/* Does scb lead from fence a, or from what comes after it in hb (each thread from first on), to y? */
static bool scb_after(const sc_work *s, int a, const int *first, int y) {
    if (scb(s, a, y)) {
        return true;
    }
    for (int t = 0; t < MAX_THREADS; t++) {
        for (int i = first[t]; i < s->g->th[t].n; i++) {
            if (scb(s, s->base[t] + i, y)) {
                return true;
            }
        }
    }
    return false;
}

/* A fence has edges by psc_F, and by psc_base from what follows it in hb. Of what follows, each event but a thread's first has the one
 * before it for po; what does not follow it is reached by co, fr or eco, for which the oldest access to each location is enough. */
static void edges_from_fence(sc_work *s, int from) {
    int a = s->node[from], first[MAX_THREADS];
    firsts reached = nothing();
    s->question++;
    for (int t = 0; t < MAX_THREADS; t++) {
        first[t] = first_after(s->g, s->ev[a], t);
        for (int i = first[t]; i < s->g->th[t].n; i++) {
            note_oldest(s, s->base[t] + i);
        }
    }
    for (int t = 0; t < MAX_THREADS; t++) {
        for (int i = 0; i < first[t] && reached.idx[t] == NOWHERE; i++) {
            if (after_oldest(s, s->base[t] + i)) {
                note_first(&reached, s->ev[s->base[t] + i]);
            }
        }
    }
    for (int k = 0; k < s->node_count; k++) {
        int y = s->node[k], t = s->ev[y]->self.tid, i = s->ev[y]->self.idx - 1;
        bool edge;
        if (fence_node(s->ev[y])) {
            edge = i >= first[t] || some_before(&reached, s->ev[y]);
        } else if (i < first[t]) {
            edge = s->store[y] && after_oldest(s, y);
        } else {
            edge = i > first[t] || scb_after(s, a, first, y);
        }
        if (edge) {
            set_edge(s, from, k);
        }
    }
}

/* An access has edges by psc_base only: to y, if scb leads there, and to the fences that such a y comes before in hb. What hb brings
 * from another location has an event of the access's own thread in between. */
static void edges_from_access(sc_work *s, int from) {
    int a = s->node[from];
    const event *access = s->ev[a];
    firsts reached = nothing();
    reached.idx[access->self.tid] = (uint16_t)(access->self.idx + 1);
    for (int y = 0; s->loc[a] >= 0 && y < s->n; y++) {
        if (s->loc[y] == s->loc[a] && scb(s, a, y)) {
            note_first(&reached, s->ev[y]);
        }
    }
    for (int k = 0; k < s->node_count; k++) {
        const event *b = s->ev[s->node[k]];
        if (scb(s, a, s->node[k]) || (fence_node(b) && some_before(&reached, b))) {
            set_edge(s, from, k);
        }
    }
}

static bool cyclic_from(sc_work *s, int node, uint8_t *state) {
    state[node] = 1;
    memset(s->edge[node], 0, sizeof s->edge[node]);
    if (fence_node(s->ev[s->node[node]])) {
        edges_from_fence(s, node);
    } else {
        edges_from_access(s, node);
    }
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

/* Is a the new event, or a fence that comes before it? The edges that it brings all begin there. */
static bool begins_anew(const event *a, const event *e) {
    return a == e || (fence_node(a) && hb(a, e));
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
    memset(state, 0, sizeof state);
    for (int k = 0; k < work.node_count; k++) {
        if (state[k] == 0 && begins_anew(work.ev[work.node[k]], e) &&
            cyclic_from(&work, k, state)) {
            return false;
        }
    }
    return true;
}
