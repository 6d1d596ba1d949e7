/* The checked build's memory of owners and orders. Read in this order: internal lock and memory,
 * what a thread holds, owners, orders, the search for an inversion, the calls of the locks. */
#include "weft_lockcheck.h"

#if WEFT_CHECKED

#include "weft_host.h"
#include "weft_park.h"
#include "weft_wait.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifndef WEFT_LOCKCHECK_HELD
#define WEFT_LOCKCHECK_HELD 64
#endif
#ifndef WEFT_LOCKCHECK_SEARCH
#define WEFT_LOCKCHECK_SEARCH 20000
#endif

/* ---- internal lock and memory ------------------------------------------------------------- */

/* Not a lock of this library, which would check itself. Sections are short unless a search runs,
 * and this build is not measured: spin, then nap. */
#ifndef WEFT_LOCKCHECK_SPINS
#define WEFT_LOCKCHECK_SPINS 200U
#endif
#define INNER_NAP_NS 50000

static void inner_lock(weft_atomic_u32 *lock) {
    unsigned spins = 0;
    uint32_t seen = 0;
    /* Acquire: pairs with the release in inner_unlock. */
    while (!weft_cas_weak_acquire_u32(lock, &seen, 1)) {
        seen = 0;
        if (++spins >= WEFT_LOCKCHECK_SPINS) {
            spins = 0;
            weft_sleep_ns(INNER_NAP_NS);
        } else {
            weft_spin_pause();
        }
    }
}

static void inner_unlock(weft_atomic_u32 *lock) {
    /* Release: pairs with the acquire in inner_lock. */
    weft_store_release_u32(lock, 0);
}

/* Items of one size; free ones are linked by their first word. Guarded by its user's lock. */
typedef struct pool {
    void *free_items;
} pool;

#define POOL_BYTES 16384U

static void pool_give(pool *pool_, void *item) {
    memcpy(item, &pool_->free_items, sizeof(void *));
    pool_->free_items = item;
}

/* NULL when memory is out. */
static void *pool_take(pool *pool_, size_t size) {
    if (pool_->free_items == NULL) {
        char *pages = weft_map_pages(POOL_BYTES);
        if (pages == NULL) {
            return NULL;
        }
        for (size_t at = 0; at + size <= POOL_BYTES; at += size) {
            pool_give(pool_, pages + at);
        }
    }
    void *item = pool_->free_items;
    memcpy(&pool_->free_items, item, sizeof(void *));
    memset(item, 0, size);
    return item;
}

/* Fibonacci hashing (Knuth), the high half of the product. */
static uint32_t hash_of(const void *lock) {
    return (uint32_t)(((uint64_t)(uintptr_t)lock * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

static bool is_within(const void *lock, const void *start, size_t size) {
    return (uintptr_t)lock - (uintptr_t)start < size;
}

/* ---- what a thread holds ------------------------------------------------------------------ */

typedef struct held_lock {
    const void *lock;
    const char *kind;
    const char *site;
    bool shared;
} held_lock;

/* In the order of locking. `beyond` counts those held past the array's end. */
typedef struct held_locks {
    uint64_t thread; /* never used again, unlike an address; 0: not begun */
    unsigned count;
    unsigned beyond;
    held_lock locks[WEFT_LOCKCHECK_HELD];
    weft_thread_end end;
} held_locks;

static _Thread_local held_locks held;
static weft_atomic_u64 threads;

static const char *or_unknown(const char *site) {
    return site != NULL ? site : "(unknown)";
}

static void ended_with_locks(void) {
    if (held.count > 0) {
        char detail[400];
        held_lock last = held.locks[held.count - 1];
        held.count = 0;
        snprintf(detail, sizeof detail, "locked at %s", or_unknown(last.site));
        weft_fatal("a thread has ended while it holds a lock", last.kind, last.lock, detail);
    }
}

static void register_fork_handler(void);

static held_locks *this_thread(void) {
    if (WEFT_UNLIKELY(held.thread == 0)) {
        /* Relaxed: a number nobody else has is all that is wanted. */
        held.thread = weft_fetch_add_relaxed_u64(&threads, 1) + 1;
        held.end.run = ended_with_locks;
        (void)weft_at_thread_end(&held.end);
        register_fork_handler();
    }
    return &held;
}

/* The latest, for a lock that is held shared several times. */
static held_lock *find_held(held_locks *self, const void *lock) {
    for (unsigned i = self->count; i > 0; i--) {
        if (self->locks[i - 1].lock == lock) {
            return &self->locks[i - 1];
        }
    }
    return NULL;
}

static void forget_held(held_locks *self, held_lock *which) {
    size_t behind = (size_t)(&self->locks[self->count] - (which + 1));
    memmove(which, which + 1, behind * sizeof *which);
    self->count--;
}

/* ---- owners ------------------------------------------------------------------------------- */

typedef struct owner {
    struct owner *next;
    const void *lock;
    const char *site;
    uint64_t thread;
} owner;

/* Where a lock was unlocked last. */
typedef struct unlocked {
    const void *lock;
    const char *site;
} unlocked;

/* Exclusive owners only: of a lock held shared there may be many. */
#define SHARDS 64U
#define CHAINS 64U
typedef struct owner_shard {
    weft_atomic_u32 lock;
    pool owners;
    owner *chains[CHAINS];
    unlocked unlocks[CHAINS]; /* a place for each few locks: the latest is known */
} WEFT_ALIGNED(WEFT_CACHE_LINE) owner_shard;
static owner_shard shards[SHARDS];

/* An owner could not be recorded once: that one is missing is no proof any more. */
static weft_atomic_u32 owners_incomplete;

static owner_shard *shard_of(const void *lock) {
    return &shards[hash_of(lock) % SHARDS];
}

/* Where the lock's entry is, or would be. Under the shard's lock. */
static owner **find_owner(owner_shard *shard, const void *lock) {
    owner **link = &shard->chains[hash_of(lock) / SHARDS % CHAINS];
    while (*link != NULL && (*link)->lock != lock) {
        link = &(*link)->next;
    }
    return link;
}

static void set_owner(const void *lock, const char *site, uint64_t thread) {
    owner_shard *shard = shard_of(lock);
    inner_lock(&shard->lock);
    owner **link = find_owner(shard, lock);
    if (*link == NULL) {
        *link = pool_take(&shard->owners, sizeof(owner));
    }
    if (*link != NULL) {
        (*link)->lock = lock;
        (*link)->site = site;
        (*link)->thread = thread;
    } else {
        /* Relaxed: a report too many by a thread that does not see it yet is not possible: the
         * only lock in question is this one, and its next user synchronises with this thread. */
        weft_store_relaxed_u32(&owners_incomplete, 1);
    }
    inner_unlock(&shard->lock);
}

/* The owner's entry as it is, thread 0 if there is none. */
static owner owner_of(const void *lock) {
    owner_shard *shard = shard_of(lock);
    inner_lock(&shard->lock);
    owner *entry = *find_owner(shard, lock);
    owner copy = entry != NULL ? *entry : (owner){0};
    inner_unlock(&shard->lock);
    return copy;
}

/* Under the shard's lock. */
static unlocked *place_of_unlock(owner_shard *shard, const void *lock) {
    return &shard->unlocks[hash_of(lock) / SHARDS % CHAINS];
}

/* An unlock by a thread that has locked it: where it was, and if it was not of a shared side nobody owns the lock any
 * more. If another thread owns it by now, that one's entry is returned, and stays; else one with thread 0. */
static owner note_unlock(const void *lock, const char *site, bool shared, uint64_t thread) {
    owner_shard *shard = shard_of(lock);
    owner other = {0};
    inner_lock(&shard->lock);
    owner **link = find_owner(shard, lock);
    owner *entry = *link;
    if (!shared && entry != NULL && entry->thread != thread) {
        other = *entry;
    } else {
        if (!shared && entry != NULL) {
            *link = entry->next;
            pool_give(&shard->owners, entry);
        }
        *place_of_unlock(shard, lock) = (unlocked){lock, site};
    }
    inner_unlock(&shard->lock);
    return other;
}

static void forget_unlock_site(const void *lock) {
    owner_shard *shard = shard_of(lock);
    inner_lock(&shard->lock);
    unlocked *last = place_of_unlock(shard, lock);
    if (last->lock == lock) {
        last->lock = NULL;
    }
    inner_unlock(&shard->lock);
}

/* NULL if it is not known, or not any more. */
static const char *unlock_site(const void *lock) {
    owner_shard *shard = shard_of(lock);
    inner_lock(&shard->lock);
    unlocked last = *place_of_unlock(shard, lock);
    inner_unlock(&shard->lock);
    return last.lock == lock ? last.site : NULL;
}

/* ---- orders ------------------------------------------------------------------------------- */

typedef struct order_node order_node;

/* `to` was waited for while `from` was held. Each edge is in three lists. */
typedef struct order_edge {
    struct order_edge *next; /* same chain of edge_chains */
    struct order_edge *next_out;
    struct order_edge *next_in;
    order_node *from;
    order_node *to;
    const char *from_site;
    const char *to_site;
} order_edge;

struct order_node {
    order_node *next; /* same chain of node_chains */
    const void *lock;
    order_edge *out;
    order_edge *in;
    /* Of the search with the number in `visited` and `wanted`: */
    uint64_t visited;
    uint64_t wanted;
    order_edge *came_by;
    order_node *visit_next;
};

/* All guarded by order_lock. */
#define NODE_CHAINS 16384U
#define EDGE_CHAINS 65536U
static weft_atomic_u32 order_lock;
static order_node *node_chains[NODE_CHAINS];
static order_edge *edge_chains[EDGE_CHAINS];
static pool nodes;
static pool edges;
static uint64_t searches;

static order_node **find_node(const void *lock) {
    order_node **link = &node_chains[hash_of(lock) % NODE_CHAINS];
    while (*link != NULL && (*link)->lock != lock) {
        link = &(*link)->next;
    }
    return link;
}

/* NULL when memory is out. */
static order_node *make_node(const void *lock) {
    order_node **link = find_node(lock);
    if (*link == NULL) {
        *link = pool_take(&nodes, sizeof(order_node));
        if (*link != NULL) {
            (*link)->lock = lock;
        }
    }
    return *link;
}

static order_edge **edge_chain(const order_node *from, const order_node *to) {
    return &edge_chains[(hash_of(from->lock) * 31 + hash_of(to->lock)) % EDGE_CHAINS];
}

static bool has_edge(const order_node *from, const order_node *to) {
    order_edge *edge = *edge_chain(from, to);
    while (edge != NULL && (edge->from != from || edge->to != to)) {
        edge = edge->next;
    }
    return edge != NULL;
}

static void add_edge(order_node *from, order_node *to, const char *from_site, const char *to_site) {
    order_edge *edge = pool_take(&edges, sizeof(order_edge));
    if (edge != NULL) {
        order_edge **chain = edge_chain(from, to);
        edge->from = from;
        edge->to = to;
        edge->from_site = from_site;
        edge->to_site = to_site;
        edge->next = *chain;
        *chain = edge;
        edge->next_out = from->out;
        from->out = edge;
        edge->next_in = to->in;
        to->in = edge;
    }
}

static void remove_edge(order_edge *edge) {
    order_edge **link = edge_chain(edge->from, edge->to);
    while (*link != edge) {
        link = &(*link)->next;
    }
    *link = edge->next;
    link = &edge->from->out;
    while (*link != edge) {
        link = &(*link)->next_out;
    }
    *link = edge->next_out;
    link = &edge->to->in;
    while (*link != edge) {
        link = &(*link)->next_in;
    }
    *link = edge->next_in;
    pool_give(&edges, edge);
}

static void remove_node(order_node **link) {
    order_node *node = *link;
    while (node->out != NULL) {
        remove_edge(node->out);
    }
    while (node->in != NULL) {
        remove_edge(node->in);
    }
    *link = node->next;
    pool_give(&nodes, node);
}

/* ---- the search for an inversion ---------------------------------------------------------- */

/* What is told of an order seen before; copied, because edges may go once the lock is released. */
#define STEPS_TOLD 3U
typedef struct inversion {
    size_t steps; /* edges from the wanted lock to the held one; 0: no inversion */
    const void *reached;
    struct {
        const void *from;
        const void *to;
        const char *from_site;
        const char *to_site;
    } told[STEPS_TOLD];
} inversion;

static void retrace(inversion *found, const order_node *wanted, const order_node *reached) {
    for (const order_node *at = reached; at != wanted; at = at->came_by->from) {
        found->steps++;
    }
    size_t step = found->steps;
    found->reached = reached->lock;
    for (const order_node *at = reached; at != wanted; at = at->came_by->from) {
        if (--step < STEPS_TOLD) {
            found->told[step].from = at->came_by->from->lock;
            found->told[step].to = at->lock;
            found->told[step].from_site = at->came_by->from_site;
            found->told[step].to_site = at->came_by->to_site;
        }
    }
}

/* Breadth first from the wanted lock along "was taken later", to one marked as held: the shortest
 * chain. */
static void search(inversion *found, order_node *wanted, uint64_t number) {
    order_node *last = wanted;
    unsigned visits = 0;
    wanted->visited = number;
    wanted->visit_next = NULL;
    for (order_node *at = wanted; at != NULL && visits < WEFT_LOCKCHECK_SEARCH;
         at = at->visit_next) {
        for (order_edge *edge = at->out; edge != NULL; edge = edge->next_out) {
            order_node *next = edge->to;
            if (next->visited == number) {
                continue;
            }
            next->visited = number;
            next->came_by = edge;
            if (next->wanted == number) {
                retrace(found, wanted, next);
                return;
            }
            next->visit_next = NULL;
            last->visit_next = next;
            last = next;
            visits++;
        }
    }
}

/* Records that `lock` is waited for while all of `self` is held, unless that inverts an order. */
static inversion check_order(held_locks *self, const void *lock, const char *site) {
    inversion found = {0};
    order_node *from[WEFT_LOCKCHECK_HELD];
    unsigned unknown = 0;
    inner_lock(&order_lock);
    order_node *wanted = make_node(lock);
    uint64_t number = ++searches;
    for (unsigned i = 0; wanted != NULL && i < self->count; i++) {
        from[i] = self->locks[i].lock != lock ? make_node(self->locks[i].lock) : NULL;
        if (from[i] != NULL) {
            from[i]->wanted = number;
            if (has_edge(from[i], wanted)) {
                from[i] = NULL;
            } else {
                unknown++;
            }
        }
    }
    if (unknown > 0) {
        search(&found, wanted, number);
    }
    for (unsigned i = 0; unknown > 0 && found.steps == 0 && i < self->count; i++) {
        /* A lock held twice has its edge from the first time. */
        if (from[i] != NULL && !has_edge(from[i], wanted)) {
            add_edge(from[i], wanted, self->locks[i].site, site);
        }
    }
    inner_unlock(&order_lock);
    return found;
}

/* Appends; a message that does not fit is cut. */
#define DETAIL_BYTES 900
typedef struct detail {
    char text[DETAIL_BYTES];
    size_t length;
} detail;

__attribute__((format(printf, 2, 3))) static void tell(detail *detail_, const char *format, ...) {
    size_t left = sizeof detail_->text - detail_->length;
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(detail_->text + detail_->length, left, format, arguments);
    va_end(arguments);
    if (written > 0) {
        detail_->length += (size_t)written < left ? (size_t)written : left - 1;
    }
}

static void report_inversion(held_locks *self, const inversion *found, const void *lock,
                             const char *kind, const char *site) {
    detail text = {.length = 0};
    const held_lock *mine = find_held(self, found->reached);
    tell(&text, "wanted at %s while 0x%" PRIxPTR " is held, locked at %s", or_unknown(site),
         (uintptr_t)found->reached, mine != NULL ? or_unknown(mine->site) : "(unknown)");
    for (size_t i = 0; i < found->steps && i < STEPS_TOLD; i++) {
        tell(&text,
             "; earlier 0x%" PRIxPTR " was held, locked at %s, and 0x%" PRIxPTR " wanted at %s",
             (uintptr_t)found->told[i].from, or_unknown(found->told[i].from_site),
             (uintptr_t)found->told[i].to, or_unknown(found->told[i].to_site));
    }
    if (found->steps > STEPS_TOLD) {
        tell(&text, "; and so on, %" PRIuPTR " more", (uintptr_t)(found->steps - STEPS_TOLD));
    }
    weft_fatal("lock-order inversion", kind, lock, text.text);
}

/* ---- the calls of the locks --------------------------------------------------------------- */

static void report_two_sites(const char *what, const char *kind, const void *lock,
                             const char *before, const char *site, const char *between,
                             const char *other) {
    char text[DETAIL_BYTES];
    snprintf(text, sizeof text, "%s at %s%s%s", before, or_unknown(site), between,
             other != NULL ? other : "");
    weft_fatal(what, kind, lock, text);
}

static void before(const void *lock, const char *kind, const char *site, bool shared) {
    held_locks *self = this_thread();
    const held_lock *mine = find_held(self, lock);
    if (mine != NULL && !(shared && mine->shared)) {
        report_two_sites("self-deadlock: the thread holds this lock", kind, lock, "wanted", site,
                         mine->shared ? ", locked shared at " : ", locked at ",
                         or_unknown(mine->site));
    }
    if (mine == NULL && self->beyond > 0) {
        owner entry = owner_of(lock);
        if (entry.thread == self->thread) {
            report_two_sites("self-deadlock: the thread holds this lock", kind, lock, "wanted",
                             site, ", locked at ", or_unknown(entry.site));
        }
    }
    if (self->count > 0) {
        inversion found = check_order(self, lock, site);
        if (found.steps > 0) {
            report_inversion(self, &found, lock, kind, site);
        }
    }
}

static void acquired(const void *lock, const char *kind, const char *site, bool shared) {
    held_locks *self = this_thread();
    if (self->count < WEFT_LOCKCHECK_HELD) {
        self->locks[self->count++] = (held_lock){lock, kind, site, shared};
    } else {
        self->beyond++;
    }
    if (!shared) {
        set_owner(lock, site, self->thread);
    }
}

static void report_other_owner(const void *lock, const char *kind, const char *site,
                               const owner *other) {
    report_two_sites("unlock by a thread that does not hold it", kind, lock, "unlocked", site,
                     ", held by another thread that locked it at ", or_unknown(other->site));
}

/* It is not among the locks this thread is known to hold. */
static void released_unknown(held_locks *self, const void *lock, const char *kind, const char *site,
                             bool shared) {
    owner entry = owner_of(lock);
    bool mine = entry.thread == self->thread;
    if (self->beyond > 0 && (mine ? !shared : entry.thread == 0)) {
        self->beyond--;
        (void)note_unlock(lock, site, shared, self->thread);
        return;
    }
    if (entry.thread != 0) {
        report_other_owner(lock, kind, site, &entry);
    }
    /* Relaxed: see set_owner. */
    if (weft_load_relaxed_u32(&owners_incomplete) == 0) {
        const char *last = unlock_site(lock);
        report_two_sites("unlock by a thread that does not hold it", kind, lock, "unlocked", site,
                         last != NULL ? ", nobody owns it, last unlocked at " : ", nobody owns it",
                         last);
    }
}

static void released(const void *lock, const char *kind, const char *site, bool shared) {
    held_locks *self = this_thread();
    held_lock *mine = find_held(self, lock);
    if (mine == NULL) {
        released_unknown(self, lock, kind, site, shared);
        return;
    }
    if (mine->shared != shared) {
        report_two_sites(shared ? "unlock of the shared side of a lock held exclusively"
                                : "unlock of the exclusive side of a lock held shared",
                         kind, lock, "unlocked", site, ", locked at ", or_unknown(mine->site));
    }
    forget_held(self, mine);
    owner other = note_unlock(lock, site, shared, self->thread);
    if (other.thread != 0) { /* it was overwritten with zero meanwhile */
        report_other_owner(lock, kind, site, &other);
    }
}

void weft_lockcheck_before(const void *lock, const char *kind, const char *site) {
    before(lock, kind, site, false);
}
void weft_lockcheck_before_shared(const void *lock, const char *kind, const char *site) {
    before(lock, kind, site, true);
}
void weft_lockcheck_acquired(const void *lock, const char *kind, const char *site) {
    acquired(lock, kind, site, false);
}
void weft_lockcheck_acquired_shared(const void *lock, const char *kind, const char *site) {
    acquired(lock, kind, site, true);
}
void weft_lockcheck_released(const void *lock, const char *kind, const char *site) {
    released(lock, kind, site, false);
}
void weft_lockcheck_released_shared(const void *lock, const char *kind, const char *site) {
    released(lock, kind, site, true);
}

const char *weft_lockcheck_held(const void *lock) {
    held_locks *self = this_thread();
    const held_lock *mine = find_held(self, lock);
    if (mine == NULL && self->beyond > 0) {
        owner entry = owner_of(lock);
        return entry.thread == self->thread ? or_unknown(entry.site) : NULL;
    }
    return mine != NULL ? or_unknown(mine->site) : NULL;
}

/* Small pieces of memory are looked up address by address, large ones by a walk over the tables. */
#define LOOKED_UP_BYTES 1024U

static owner owner_within(const void *start, size_t size) {
    owner found = {0};
    for (unsigned i = 0; i < SHARDS && size > LOOKED_UP_BYTES; i++) {
        inner_lock(&shards[i].lock);
        for (unsigned chain = 0; chain < CHAINS; chain++) {
            for (owner *at = shards[i].chains[chain]; at != NULL; at = at->next) {
                found = is_within(at->lock, start, size) ? *at : found;
            }
        }
        inner_unlock(&shards[i].lock);
    }
    for (size_t i = 0; i < size && size <= LOOKED_UP_BYTES && found.thread == 0; i++) {
        found = owner_of((const char *)start + i);
    }
    return found;
}

static void forget_unlocks(const void *start, size_t size) {
    for (size_t i = 0; i < size && size <= LOOKED_UP_BYTES; i++) {
        forget_unlock_site((const char *)start + i);
    }
    for (unsigned i = 0; i < SHARDS && size > LOOKED_UP_BYTES; i++) {
        inner_lock(&shards[i].lock);
        for (unsigned place = 0; place < CHAINS; place++) {
            if (is_within(shards[i].unlocks[place].lock, start, size)) {
                shards[i].unlocks[place].lock = NULL;
            }
        }
        inner_unlock(&shards[i].lock);
    }
}

static void forget_orders(const void *start, size_t size) {
    inner_lock(&order_lock);
    if (size <= LOOKED_UP_BYTES) {
        for (size_t i = 0; i < size; i++) {
            order_node **link = find_node((const char *)start + i);
            if (*link != NULL) {
                remove_node(link);
            }
        }
    } else {
        for (unsigned chain = 0; chain < NODE_CHAINS; chain++) {
            order_node **link = &node_chains[chain];
            while (*link != NULL) {
                if (is_within((*link)->lock, start, size)) {
                    remove_node(link);
                } else {
                    link = &(*link)->next;
                }
            }
        }
    }
    inner_unlock(&order_lock);
}

void weft_lockcheck_forget(const void *start, size_t size) {
    held_locks *self = this_thread();
    for (unsigned i = 0; i < self->count; i++) {
        if (is_within(self->locks[i].lock, start, size)) {
            report_two_sites("memory is freed with a lock in it that this thread holds",
                             self->locks[i].kind, self->locks[i].lock, "locked",
                             self->locks[i].site, "", NULL);
        }
    }
    owner entry = owner_within(start, size);
    if (entry.thread != 0) {
        report_two_sites("memory is freed with a lock in it that somebody holds", "lock",
                         entry.lock, "locked", entry.site, "", NULL);
    }
    forget_unlocks(start, size);
    forget_orders(start, size);
}

/* ---- fork --------------------------------------------------------------------------------- */

/* The tables may have been caught half changed: the child starts with empty ones and what its only
 * thread holds. The memory of the old ones is not used again. */
static void after_fork_child(void) {
    memset(shards, 0, sizeof shards);
    memset((void *)node_chains, 0, sizeof node_chains);
    memset((void *)edge_chains, 0, sizeof edge_chains);
    nodes.free_items = NULL;
    edges.free_items = NULL;
    weft_store_relaxed_u32(&order_lock, 0);
    /* Owners of locks beyond the bound are gone. */
    weft_store_relaxed_u32(&owners_incomplete, held.beyond > 0);
    for (unsigned i = 0; i < held.count; i++) {
        if (!held.locks[i].shared) {
            set_owner(held.locks[i].lock, held.locks[i].site, held.thread);
        }
    }
}

static void register_fork_handler(void) {
    static weft_atomic_uptr state;
    weft_park_ensure_fork_handler(&state, after_fork_child);
}

#else
typedef int weft_lockcheck_not_used; /* ISO C wants a declaration in every file. */
#endif
