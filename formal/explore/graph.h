/* The execution graph: what happened, who read from whom, in which order the stores of a location are.
 *
 * An execution of the program is a graph of events (Lahav et al., "Repairing Sequential Consistency in C/C++11", RC11).
 * Events are only ever added at the end of a thread and only while the graph stays consistent, so a check looks at the new
 * event alone. Orders in the graph:
 *   po    program order: the index of an event in its thread
 *   rf    a read and the store it reads from
 *   co    per location, a total order of its stores (colist)
 *   hb    happens-before, kept as one vector clock per event
 *   porf  (po | rf)+, kept as one vector clock per event; acyclic by construction: no load buffering
 *   stamp the order in which the explorer added the events; only the reduction uses it
 */
#ifndef EXPLORE_GRAPH_H
#define EXPLORE_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_THREADS = 16 };

/* For each thread, how many of its events (a prefix of them) are in a set. */
typedef struct clock_vec {
    uint16_t count[MAX_THREADS];
} clock_vec;

/* Event number idx (from 1) of thread tid. idx 0 names the initial value of a location. */
typedef struct event_id {
    uint16_t tid, idx;
} event_id;

enum event_kind {
    EV_START,  /* first event of a thread; rf = the CREATE, except in the main thread */
    EV_END,    /* last event of a thread */
    EV_CREATE, /* value = id of the new thread */
    EV_JOIN,   /* rf = the END of the thread joined */
    EV_READ,
    EV_WRITE,
    EV_FENCE,
    EV_CHOICE, /* value = the alternative taken, 0 is the usual one */
    EV_MALLOC, /* rf = the FREE whose block is used again, none for a fresh block; value = address */
    EV_FREE,   /* value = address */
};

/* The memory orders as gcc and clang pass them to the instrumentation. */
enum memory_order_arg { MO_RELAXED, MO_CONSUME, MO_ACQUIRE, MO_RELEASE, MO_ACQ_REL, MO_SEQ_CST };

enum event_flags {
    EF_RMW = 1,  /* read or write half of a read-modify-write that took place */
    EF_CAS = 2,  /* read half of a compare-exchange: order and EF_RMW depend on the value read */
    EF_WEAK = 4, /* a compare-exchange that may fail although the values are equal */
    EF_SPURIOUS = 8, /* it did */
    EF_PLAIN = 16,   /* a plain store to a location that is also accessed atomically */
    EF_LIGHT = 32,   /* light fence: orders only against heavy ones */
    EF_HEAVY = 64,   /* heavy fence: a seq_cst fence that also pairs with light ones */
    EF_SEAM = 128,   /* inside the operating system: orders nothing for the program. A read of the
                        program's word by a wait sees what its queue operation, the event before it,
                        came after */
};

typedef struct event {
    uint8_t kind, order, flags, fail_order, size;
    event_id self, rf;
    uint32_t stamp;
    int32_t loc; /* index into the location table, -1: none */
    uint64_t value;
    uint64_t expected; /* EF_CAS: the value compared with; EV_MALLOC: the alignment asked for */
    uint64_t
        alternatives; /* EV_CHOICE: how many; EV_MALLOC, EV_FREE: size of the block; EF_CAS: success order */
    uintptr_t pc;
    uint16_t
        release_fence; /* index of the last release fence of the thread, itself included; 0: none */
    uint16_t light_fence; /* same for light fences, and for heavy ones */
    uint16_t heavy_fence;
    /* What is above is given; the clocks follow from it. */
    clock_vec hb;   /* happens-before, this event included */
    clock_vec porf; /* po | rf, this event included */
    clock_vec pend; /* learned by relaxed reads so far; becomes hb at the next acquire fence, */
    clock_vec pend_lt, pend_hv; /* at the next heavy fence, and at the next light fence */
    clock_vec rel; /* writes: what a reader that acquires learns (C++20 release sequence) */
    clock_vec
        rel_lt; /* writes: what a heavy (rel_lt) or a light (rel_hv) fence after a relaxed read learns */
    clock_vec rel_hv;
} event;

/* The stores of one location, oldest first. The initial value comes before the first and is not listed. */
typedef struct colist {
    uint16_t n, cap;
    event_id *w;
} colist;

typedef struct thread_events {
    uint16_t n, cap;
    event *ev; /* ev[i] is the event with index i + 1 */
} thread_events;

typedef struct graph {
    uint32_t next_stamp;
    uint32_t total;    /* number of events */
    uint32_t sc_count; /* SC accesses and SC, heavy and light fences */
    int nlocs;
    colist *co;
    thread_events th[MAX_THREADS];
} graph;

static inline bool same_id(event_id a, event_id b) {
    return a.tid == b.tid && a.idx == b.idx;
}
static inline event *graph_event(const graph *g, event_id id) {
    return &g->th[id.tid].ev[id.idx - 1];
}
static inline bool has_id(const clock_vec *c, event_id id) {
    return id.idx <= c->count[id.tid];
}
static inline bool is_acquire(int mo) {
    return mo == MO_CONSUME || mo == MO_ACQUIRE || mo == MO_ACQ_REL || mo == MO_SEQ_CST;
}
static inline bool is_release(int mo) {
    return mo == MO_RELEASE || mo == MO_ACQ_REL || mo == MO_SEQ_CST;
}

void graph_init(graph *g);
void graph_clear(graph *g);
void graph_destroy(graph *g);
/* dst (initialised or cleared) becomes the events of src that are in keep. */
void graph_copy(graph *dst, const graph *src, const clock_vec *keep);
/* Drops every event added after stamp. */
void graph_cut(graph *g, uint32_t stamp);

/* Appends an event like proto to a thread, with its program-order clocks set; rf and co are still open. */
event *graph_append(graph *g, int tid, const event *proto);
/* Takes the last event of a thread out of sight, and back. */
void graph_hide(graph *g, event_id id);
void graph_unhide(graph *g, event_id id);

/* Sets rf of a read (value, order and clocks follow), of a start, join or malloc. init is the value of the location's initial store. */
void graph_set_rf(graph *g, event *e, event_id source, uint64_t init);
/* Did a try of a mutex find it locked? That is no synchronisation, with no fence either: a mutex is no atomic object. */
bool graph_found_locked(const event *e);
/* A weak compare-exchange that found equal values fails all the same. */
void graph_set_spurious(graph *g, event *e);
/* Takes the clocks over from the event before e (anew, after that one changed): as program order alone gives them. */
void graph_refresh(event *e);
/* Puts a write into co, right after the store prev (idx 0: first), and computes what its readers learn. */
void graph_set_co(graph *g, event *e, event_id prev);
/* Takes it out again; nothing happens if it is not there. */
void graph_unset_co(graph *g, event *e);

/* Position of a store in co: 0 for the initial value, 1 for the first store... */
int graph_co_position(const graph *g, int loc, event_id w);
/* How many stores to a location there are. A graph knows no location that is only read. */
int graph_co_count(const graph *g, int loc);
event_id graph_co_at(const graph *g, int loc, int position);
/* The oldest position a new access e of its thread may read from, or be placed after, without breaking coherence. */
int graph_coherence_floor(const graph *g, const event *e);
/* Is the store at this position the source of a read-modify-write already in the graph? */
bool graph_rmw_follows(const graph *g, int loc, int position);
/* Every consistent place in co of a write not yet there, as the store to come after, newest first. Returns how many. */
int graph_places(graph *g, event *e, event_id *found);
/* Does the newest event of its thread, rf or co set, keep the SC axiom (psc acyclic)? */
bool graph_sc_ok(const graph *g, const event *e);
/* A graph was too big for that check, and dropped: nothing can be called safe any more. */
extern bool graph_sc_full;
/* Reads: is rf of e coherent and within the SC axiom? e must be the last event of its thread. */
bool graph_read_ok(const graph *g, const event *e);

/* Independent of the order in which the events were added. */
uint64_t graph_hash(const graph *g);
/* The same without an event of each thread and what follows it there; .idx of 0: all of the thread. */
uint64_t graph_hash_without(const graph *g, const event_id *from);

#endif
