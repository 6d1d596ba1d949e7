/* The execution graph: storage, clocks, coherence. The SC axiom is in graph_sc.c. */
#include "graph.h"

#include "locations.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const event_id INITIAL = {0, 0};

static void join(clock_vec *restrict to, const clock_vec *restrict from) {
    for (int t = 0; t < MAX_THREADS; t++) { /* written so that the compiler uses vectors */
        to->count[t] = from->count[t] > to->count[t] ? from->count[t] : to->count[t];
    }
}

/* ---- storage ---- */

void graph_init(graph *g) {
    memset(g, 0, sizeof *g);
}

void graph_clear(graph *g) {
    for (int l = 0; l < g->nlocs; l++) {
        g->co[l].n = 0;
    }
    for (int t = 0; t < MAX_THREADS; t++) {
        g->th[t].n = 0;
    }
    g->total = g->sc_count = 0;
    g->next_stamp = 1;
}

void graph_destroy(graph *g) {
    for (int l = 0; l < g->nlocs; l++) {
        free(g->co[l].w);
    }
    free(g->co);
    for (int t = 0; t < MAX_THREADS; t++) {
        free(g->th[t].ev);
    }
    graph_init(g);
}

static void *grown(void *p, size_t bytes) {
    void *q = realloc(p, bytes);
    if (!q) {
        abort();
    }
    return q;
}

static colist *co_of(graph *g, int loc) {
    if (loc >= g->nlocs) {
        int n = loc + 16;
        g->co = grown(g->co, (size_t)n * sizeof *g->co);
        memset(g->co + g->nlocs, 0, (size_t)(n - g->nlocs) * sizeof *g->co);
        g->nlocs = n;
    }
    return &g->co[loc];
}

static void co_insert(graph *g, int loc, int at, event_id w) {
    colist *c = co_of(g, loc);
    if (c->n == c->cap) {
        c->cap = (uint16_t)(c->cap * 2 + 4);
        c->w = grown(c->w, c->cap * sizeof *c->w);
    }
    memmove(c->w + at + 1, c->w + at, (size_t)(c->n - at) * sizeof *c->w);
    c->w[at] = w;
    c->n++;
}

static bool counts_for_sc(const event *e) {
    if (e->kind == EV_FENCE) {
        return e->order == MO_SEQ_CST || (e->flags & (EF_LIGHT | EF_HEAVY));
    }
    return (e->kind == EV_READ || e->kind == EV_WRITE) && e->order == MO_SEQ_CST;
}

/* Room for one more event of a thread. */
static event *push(graph *g, int tid) {
    thread_events *t = &g->th[tid];
    if (t->n == t->cap) {
        t->cap = (uint16_t)(t->cap * 2 + 16);
        t->ev = grown(t->ev, t->cap * sizeof *t->ev);
    }
    g->total++;
    return &t->ev[t->n++];
}

void graph_copy(graph *dst, const graph *src, const clock_vec *keep) {
    graph_clear(dst);
    dst->next_stamp = src->next_stamp;
    for (int t = 0; t < MAX_THREADS; t++) {
        for (int i = 0; i < keep->count[t]; i++) {
            *push(dst, t) = src->th[t].ev[i];
            dst->sc_count += counts_for_sc(&src->th[t].ev[i]);
        }
    }
    for (int l = 0; l < src->nlocs; l++) {
        for (int i = 0; i < src->co[l].n; i++) {
            if (has_id(keep, src->co[l].w[i])) {
                co_insert(dst, l, co_of(dst, l)->n, src->co[l].w[i]);
            }
        }
    }
}

void graph_cut(graph *g, uint32_t stamp) {
    for (int l = 0; l < g->nlocs; l++) {
        colist *c = &g->co[l];
        int kept = 0;
        for (int i = 0; i < c->n; i++) {
            if (graph_event(g, c->w[i])->stamp <= stamp) {
                c->w[kept++] = c->w[i];
            }
        }
        c->n = (uint16_t)kept;
    }
    for (int t = 0; t < MAX_THREADS; t++) {
        thread_events *te = &g->th[t];
        while (te->n && te->ev[te->n - 1].stamp > stamp) {
            g->sc_count -= counts_for_sc(&te->ev[--te->n]);
            g->total--;
        }
    }
}

/* ---- clocks ---- */

/* What a release fence, light fence or heavy fence of e's own thread published: the clock it had. */
static void join_fence(clock_vec *to, const graph *g, const event *e, uint16_t fence) {
    if (fence) {
        join(to, &graph_event(g, (event_id){e->self.tid, fence})->hb);
    }
}

static void fence_clocks(event *e) {
    if (is_release(e->order)) {
        e->release_fence = e->self.idx;
    }
    if (is_acquire(e->order)) {
        join(&e->hb, &e->pend);
    }
    if (e->flags & EF_HEAVY) {
        e->heavy_fence = e->self.idx;
        join(&e->hb, &e->pend_lt);
    }
    if (e->flags & EF_LIGHT) {
        e->light_fence = e->self.idx;
        join(&e->hb, &e->pend_hv);
    }
}

void graph_refresh(event *e) {
    static const event nothing;
    const event *before = e->self.idx > 1 ? e - 1 : &nothing;
    e->hb = before->hb;
    e->porf = before->porf;
    e->pend = before->pend;
    e->pend_lt = before->pend_lt;
    e->pend_hv = before->pend_hv;
    e->hb.count[e->self.tid] = e->porf.count[e->self.tid] = e->self.idx;
}

event *graph_append(graph *g, int tid, const event *proto) {
    event *e = push(g, tid);
    memcpy(e, proto, offsetof(event, hb));
    e->self = (event_id){(uint16_t)tid, g->th[tid].n};
    e->stamp = g->next_stamp++;
    graph_refresh(e);
    e->rel = e->rel_lt = e->rel_hv = (clock_vec){0};
    if (e->self.idx > 1) {
        const event *before = e - 1;
        e->release_fence = before->release_fence;
        e->light_fence = before->light_fence;
        e->heavy_fence = before->heavy_fence;
    }
    if (e->kind == EV_FENCE) {
        fence_clocks(e);
    }
    g->sc_count += counts_for_sc(e);
    return e;
}

void graph_hide(graph *g, event_id id) {
    g->sc_count -= counts_for_sc(graph_event(g, id));
    g->th[id.tid].n--;
    g->total--;
}

void graph_unhide(graph *g, event_id id) {
    g->th[id.tid].n++;
    g->total++;
    g->sc_count += counts_for_sc(graph_event(g, id));
}

static uint64_t value_mask(int size) {
    return size >= 8 ? ~0ull : (1ull << (8 * size)) - 1;
}

/* A compare-exchange has its success order only when it succeeds, else its failure order. */
static void resolve_cas(event *e) {
    uint64_t mask = value_mask(e->size);
    bool equal = ((e->value ^ e->expected) & mask) == 0;
    bool success = equal && !(e->flags & EF_SPURIOUS);
    e->flags = (uint8_t)(success ? e->flags | EF_RMW : e->flags & ~EF_RMW);
    e->order = success ? (uint8_t)e->alternatives : e->fail_order;
}

bool graph_found_locked(const event *e) {
    return e->kind == EV_READ && locations[e->loc].space == SPACE_MUTEX && !(e->flags & EF_RMW);
}

/* What a read learns from the store it reads: now if it acquires, else at its thread's next fence. */
static void learn(event *e, const event *w) {
    if ((e->flags & EF_SEAM) || graph_found_locked(e)) {
        return;
    }
    if (is_acquire(e->order)) {
        join(&e->hb, &w->rel);
    }
    join(&e->pend, &w->rel);
    join(&e->pend_lt, &w->rel_lt);
    join(&e->pend_hv, &w->rel_hv);
}

void graph_set_rf(graph *g, event *e, event_id source, uint64_t init) {
    const event *w = source.idx ? graph_event(g, source) : NULL;
    graph_refresh(e);
    e->rf = source;
    if (w) {
        join(&e->porf, &w->porf);
    }
    if (e->kind != EV_READ) {
        if (w) {
            join(&e->hb, &w->hb);
        }
        return;
    }
    g->sc_count -= counts_for_sc(e);
    e->value = w ? w->value : init;
    e->flags &= (uint8_t)~EF_SPURIOUS;
    if (e->flags & EF_CAS) {
        resolve_cas(e);
    }
    g->sc_count += counts_for_sc(e);
    if (w) {
        learn(e, w);
    }
}

void graph_set_spurious(graph *g, event *e) {
    graph_refresh(e);
    g->sc_count -= counts_for_sc(e);
    e->flags |= EF_SPURIOUS;
    resolve_cas(e);
    g->sc_count += counts_for_sc(e);
    if (!e->rf.idx) {
        return;
    }
    const event *w = graph_event(g, e->rf);
    join(&e->porf, &w->porf);
    learn(e, w);
}

/* C++20: a release sequence is its head and the read-modify-writes that continue it, nothing else. */
static void release_clocks(graph *g, event *e) {
    static const clock_vec zero;
    e->rel = e->rel_lt = e->rel_hv = zero;
    if (is_release(e->order) || (e->flags & EF_SEAM)) {
        join(&e->rel, &e->hb);
    } else {
        join_fence(&e->rel, g, e, e->release_fence);
    }
    join_fence(&e->rel_lt, g, e, e->light_fence);
    join_fence(&e->rel_hv, g, e, e->heavy_fence);
    if ((e->flags & EF_RMW) && e->rf.idx) {
        const event *w = graph_event(g, e->rf);
        join(&e->rel, &w->rel);
        join(&e->rel_lt, &w->rel_lt);
        join(&e->rel_hv, &w->rel_hv);
    }
}

/* ---- coherence ---- */

int graph_co_position(const graph *g, int loc, event_id w) {
    if (!w.idx) {
        return 0;
    }
    const colist *c = &g->co[loc];
    for (int i = c->n - 1; i >= 0; i--) {
        if (same_id(c->w[i], w)) {
            return i + 1;
        }
    }
    abort(); /* a store outside co: the graph is corrupt */
}

int graph_co_count(const graph *g, int loc) {
    return loc < g->nlocs ? g->co[loc].n : 0;
}

event_id graph_co_at(const graph *g, int loc, int position) {
    return position ? g->co[loc].w[position - 1] : INITIAL;
}

void graph_set_co(graph *g, event *e, event_id prev) {
    co_of(g, e->loc);
    co_insert(g, e->loc, graph_co_position(g, e->loc, prev), e->self);
    release_clocks(g, e);
}

void graph_unset_co(graph *g, event *e) {
    colist *c = co_of(g, e->loc);
    for (int i = 0; i < c->n; i++) {
        if (same_id(c->w[i], e->self)) {
            memmove(c->w + i, c->w + i + 1, (size_t)(c->n - i - 1) * sizeof *c->w);
            c->n--;
            return;
        }
    }
}

/* CoWW, CoWR, CoRW and CoRR in one: nothing older than what happens-before e wrote or read. Within a thread the newest access to
 * the location has the highest position, so one per thread is enough. */
int graph_coherence_floor(const graph *g, const event *e) {
    int floor = 0;
    bool after_queue = (e->flags & EF_SEAM) && locations[e->loc].space == SPACE_MEMORY;
    const clock_vec *known = after_queue ? &(e - 1)->rel : &e->hb;
    for (int t = 0; t < MAX_THREADS; t++) {
        int seen = known->count[t];
        if (t == e->self.tid) {
            seen = e->self.idx - 1;
        }
        for (int i = seen - 1; i >= 0; i--) {
            const event *x = &g->th[t].ev[i];
            if (x->loc != e->loc || (x->kind != EV_READ && x->kind != EV_WRITE)) {
                continue;
            }
            int at = graph_co_position(g, x->loc, x->kind == EV_WRITE ? x->self : x->rf);
            if (at > floor) {
                floor = at;
            }
            break;
        }
    }
    return floor;
}

bool graph_rmw_follows(const graph *g, int loc, int position) {
    if (position >= graph_co_count(g, loc)) {
        return false;
    }
    const event *next = graph_event(g, graph_co_at(g, loc, position + 1));
    return next->flags & EF_RMW;
}

bool graph_read_ok(const graph *g, const event *e) {
    /* e->hb already has what e acquires: that can only hold stores coherent with the one it reads. */
    return graph_co_position(g, e->loc, e->rf) >= graph_coherence_floor(g, e) && graph_sc_ok(g, e);
}

/* ---- where a store may go ---- */

/* Could e stand in co right after position? It is not in co now. */
static bool placeable(graph *g, event *e, int position) {
    if (graph_rmw_follows(g, e->loc, position)) {
        return false;
    }
    graph_set_co(g, e, graph_co_at(g, e->loc, position));
    bool ok = graph_sc_ok(g, e);
    graph_unset_co(g, e);
    return ok;
}

/* Every consistent place of e in co, newest first, as the store before it. */
int graph_places(graph *g, event *e, event_id *found) {
    int n = 0, last = graph_co_count(g, e->loc);
    if (e->flags & EF_RMW) {
        int position = graph_co_position(g, e->loc, e->rf);
        if (placeable(g, e, position)) {
            found[n++] = e->rf;
        }
        return n;
    }
    for (int at = last, floor = graph_coherence_floor(g, e); at >= floor; at--) {
        if (placeable(g, e, at)) {
            found[n++] = graph_co_at(g, e->loc, at);
        }
    }
    return n;
}

/* ---- identity ---- */

static uint64_t mix(uint64_t h, uint64_t v) {
    h = (h ^ v) * 0x9E3779B97F4A7C15ull;
    return h ^ (h >> 29);
}

/* Location ids are given out in the order of first use: the hash goes by what they stand for. */
static uint64_t location_key(int loc) {
    if (loc < 0) {
        return 0;
    }
    const location *l = &locations[loc];
    return mix(mix(mix(l->addr, l->space + 1u), l->generation), l->size + 256ull * l->successor);
}

static uint64_t event_hash(const event *e) {
    uint64_t h = mix((uint64_t)e->self.tid << 16 | e->self.idx,
                     (uint64_t)e->kind << 16 | (uint64_t)e->flags << 8 | e->order);
    return mix(mix(mix(h, location_key(e->loc)), e->value), (uint64_t)e->rf.tid << 16 | e->rf.idx);
}

/* Is e the event from, or after it in its thread? */
static bool follows(event_id e, const event_id *from) {
    return e.tid < MAX_THREADS && from[e.tid].idx != 0 && e.idx >= from[e.tid].idx;
}

uint64_t graph_hash_without(const graph *g, const event_id *from) {
    uint64_t h = 1;
    for (int t = 0; t < MAX_THREADS; t++) {
        for (int i = 0; i < g->th[t].n; i++) {
            if (!follows(g->th[t].ev[i].self, from)) {
                h += event_hash(&g->th[t].ev[i]);
            }
        }
    }
    for (int l = 0; l < g->nlocs; l++) {
        uint64_t order = location_key(l < location_count ? l : -1);
        int n = 0;
        for (int i = 0; i < g->co[l].n; i++) {
            event_id w = g->co[l].w[i];
            if (!follows(w, from)) {
                order = mix(order, (uint64_t)w.tid << 16 | w.idx);
                n++;
            }
        }
        if (n) {
            h += order;
        }
    }
    return mix(h, 0);
}

uint64_t graph_hash(const graph *g) {
    static const event_id NOTHING[MAX_THREADS];
    return graph_hash_without(g, NOTHING);
}
