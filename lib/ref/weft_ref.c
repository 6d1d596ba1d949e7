/* Reference counts. Read in this order: entries, the dying, merging, queueing, counting, the layer's hooks,
 * collectors. */
#include "weft_ref.h"

#include "weft_host.h"
#include "weft_world.h"

#include <string.h>

#define MAYBE_SHARED WEFT_REF_MAYBE_SHARED
#define QUEUED WEFT_REF_QUEUED
#define MERGED WEFT_REF_MERGED
#define SHARDED WEFT_REF_SHARDED
#define TAGS WEFT_REF_TAGS
#define DYING WEFT_REF_DYING
#define ONE WEFT_REF_ONE

#define BREAK WEFT_BREAK_LAYER(WEFT_AREA_REF)

/* No `local` has this owner. */
#define NO_KEY 0xFFFEU
WEFT_STATIC_ASSERT(NO_KEY > WEFT_MAX_ID && NO_KEY < WEFT_REF_IMMORTAL, "no owner's, nor immortal");

/* The place of one reference that is not dropped yet: in a merge queue, or in a batch that waits for a
 * grace period. Entries come in blocks; a free one is in a thread's reserve, or in the runtime's pool. */
struct weft_ref_entry {
    union {
        weft_ref_entry *next;
        weft_qsbr_node node; /* the callback tells a waiting entry from all others */
    } in;
    union {
        weft_ref *object;
        weft_ref_entry *next_bundle; /* while it is the first of a bundle in the pool */
    } of;
};

#define BLOCK_BYTES 4096U
#define BLOCK_ENTRIES ((BLOCK_BYTES - sizeof(void *)) / sizeof(weft_ref_entry))
/* What moves between a reserve and the pool at once. A reserve has less than two: who drains what others
 * push gives entries away every 64 objects. */
#define BUNDLE 64U
WEFT_STATIC_ASSERT(WEFT_REF_RESERVE <= BUNDLE, "a full bundle fills a reserve");

typedef struct block {
    struct block *next;
    weft_ref_entry entries[BLOCK_ENTRIES];
} block;

/* A runtime's part, in its area. */
typedef struct weft_ref_domain {
    weft_atomic_ptr blocks;  /* all of them; pushed by CAS, taken by nobody */
    weft_atomic_ptr pool;    /* bundles; pushed by CAS, taken all at once: no ABA */
    weft_ref_entry *shelf;   /* bundles that were taken from the pool; by who has `taking` */
    weft_atomic_u8 taking;   /* 1: somebody takes a bundle */
    weft_atomic_ptr orphans; /* dead objects whose thread could not wait for their hook; likewise */
    /* Relaxed counters. */
    weft_atomic_u64 queued, claims, made, relief, leaked;
} weft_ref_domain;

WEFT_STATIC_ASSERT(sizeof(weft_ref_domain) <= WEFT_RUNTIME_AREA_BYTES, "fits into its area");
WEFT_STATIC_ASSERT(sizeof(block) <= BLOCK_BYTES, "a block");

#define COUNT(counter) ((void)weft_fetch_add_relaxed_u64(&(counter), 1))

static const weft_ref_hooks *hooks;

/* Where a thread looks first that has no cell: no object's. */
static weft_ref_cell no_cell;

static weft_ref_domain *domain_of(weft_runtime *runtime) {
    return weft_runtime_area_of(runtime, WEFT_AREA_REF);
}

static weft_ref_domain *domain_for(weft_thread *self) {
    return domain_of(weft_thread_runtime(self));
}

/* ---- the two words ----------------------------------------------------------------------------- */

static intptr_t count_of(uintptr_t shared) {
    /* Arithmetic: gcc and clang shift the sign in. */
    return (intptr_t)shared >> WEFT_REF_COUNT_SHIFT;
}

/* Half way from WEFT_REF_SATURATED to 0, far from both. */
static bool is_saturated(uintptr_t shared) {
    return (intptr_t)shared < (intptr_t)(WEFT_REF_SATURATED >> 1 | WEFT_REF_SATURATED);
}

static bool is_dying(uintptr_t shared) {
    return (shared & DYING) == DYING;
}

static bool is_dead(uintptr_t shared) {
    return (shared & (SHARDED | MERGED)) == MERGED && count_of(shared) == 0;
}

static bool has_weak_cell(const weft_ref *object) {
    /* Relaxed: set by a thread with a reference, whose drop has ordered it. */
    return (weft_load_relaxed_u8(&object->flags) & WEFT_REF_HAS_WEAK) != 0;
}

static uint32_t owner_of(const weft_ref *object) {
    /* Relaxed: see who asks. */
    return weft_load_relaxed_u32(&object->local) & WEFT_REF_OWNER;
}

WEFT_NORETURN static void misused(const weft_ref *object, const char *what) {
    weft_fatal(what, "object", object, NULL);
}

/* ---- lists of the dead ------------------------------------------------------------------------ */

/* A dead object's header is its deallocating thread's alone; readers of its memory look at the tags. So
 * the link takes the bits of the count, and what does not fit goes to the owner's count. */
static void set_link(weft_ref *object, weft_ref *next) {
    uintptr_t bits = (uintptr_t)next;
    /* Relaxed, all: lists are handed over with release and acquire. */
    uintptr_t flag = weft_load_relaxed_uptr(&object->shared) & MAYBE_SHARED;
    weft_store_relaxed_u32(&object->local, (uint32_t)(bits & TAGS) << WEFT_REF_LOCAL_SHIFT);
    weft_store_relaxed_uptr(&object->shared, (bits & ~TAGS) | DYING | flag);
}

static weft_ref *link_of(const weft_ref *object) {
    uintptr_t low = weft_load_relaxed_u32(&object->local) >> WEFT_REF_LOCAL_SHIFT;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    return (weft_ref *)((weft_load_relaxed_uptr(&object->shared) & ~TAGS) | low);
}

static void push_dead(weft_thread *self, weft_ref *object) {
    weft_ref_slot *slot = weft_ref_slot_of(self);
    set_link(object, slot->dead);
    slot->dead = object;
}

static weft_ref *pop_dead(weft_ref_slot *slot) {
    weft_ref *object = slot->dead;
    if (object != NULL) {
        slot->dead = link_of(object);
    }
    return object;
}

/* The runtime's orphans become this thread's dead. */
static void adopt_orphans(weft_thread *self) {
    weft_ref_domain *domain = domain_for(self);
    /* Relaxed: a guess. */
    if (WEFT_LIKELY(weft_load_relaxed_ptr(&domain->orphans) == NULL)) {
        return;
    }
    /* Acquire: pairs with the release in hand_over_dead. */
    weft_ref *object = weft_exchange_acquire_ptr(&domain->orphans, NULL);
    while (object != NULL) {
        weft_ref *next = link_of(object);
        push_dead(self, object);
        object = next;
    }
}

/* Some thread is asked to look after the orphans: one that is attached now, if there is any; who
 * attaches later looks by itself. */
static void ask_somebody(weft_runtime *runtime, const weft_thread *but) {
    /* Pairs with the fence behind every attach (lib/qsbr): either this finds the thread attached, or
     * that finds the orphans. A thread that attaches inside a no-quiesce scope has no such fence,
     * and may notice later, when it next comes here. */
    weft_fence_seq_cst();
    uint32_t count = weft_thread_slot_count();
    for (uint32_t index = 0; index < count; index++) {
        weft_thread *thread = weft_thread_slot(index);
        if (thread != but && weft_thread_runtime(thread) == runtime &&
            weft_thread_is_attached(thread)) {
            weft_thread_break(thread, BREAK);
            return;
        }
    }
}

/* The slot's dead go to whoever can run their hooks. Runs nothing. */
static void hand_over_dead(weft_thread *thread) {
    weft_ref_slot *slot = weft_ref_slot_of(thread);
    weft_runtime *runtime = weft_thread_runtime(thread);
    weft_ref *first = slot->dead;
    if (WEFT_LIKELY(first == NULL)) {
        return;
    }
    slot->dead = NULL;
    weft_ref *last = first;
    while (link_of(last) != NULL) {
        last = link_of(last);
    }
    void *next = weft_load_relaxed_ptr(&domain_of(runtime)->orphans);
    do {
        set_link(last, next);
        /* Release: pairs with the acquire in adopt_orphans. */
    } while (!weft_cas_weak_release_ptr(&domain_of(runtime)->orphans, &next, first));
    ask_somebody(runtime, thread);
}

/* ---- deallocating ------------------------------------------------------------------------------ */

static weft_qsbr_node *node_of(weft_ref *object) {
    void *body = object + 1;
    return body;
}

static void free_retired(weft_thread *self, weft_qsbr_node *node) {
    void *object = (unsigned char *)node - sizeof(weft_ref);
    (void)self;
    hooks->free(object);
}

size_t weft_ref_size(const weft_ref *object) {
    return hooks->size != NULL ? hooks->size(object) : WEFT_REF_SMALLEST;
}

/* The object-memory rule of the prompt discipline: readers may still try what was reachable. */
static void release_memory(weft_thread *self, weft_ref *object) {
    /* Relaxed: this thread's alone. */
    bool reachable = (weft_load_relaxed_uptr(&object->shared) & MAYBE_SHARED) != 0;
    if (!reachable || weft_ref_slot_of(self)->stand_in) {
        hooks->free(object);
        return;
    }
    weft_qsbr_retire(self, node_of(object), free_retired, weft_ref_size(object));
}

/* What the hook's verdict does to the count: true if the object is dead for good. The hook's own
 * reference goes with it. */
static bool settle(weft_ref *object, weft_ref_verdict verdict) {
    uintptr_t seen = weft_load_relaxed_uptr(&object->shared);
    uintptr_t next;
    do {
        if (verdict == WEFT_REF_FREE && count_of(seen) != 1) {
            misused(object, "verdict FREE for an object that has references again");
        }
        if (verdict == WEFT_REF_FREE && has_weak_cell(object)) {
            misused(object, "verdict FREE for an object whose weak cell is not cleared");
        }
        next = ((seen - ONE) & ~TAGS) | MERGED | (seen & MAYBE_SHARED);
        /* Acquire and release: as a drop. */
    } while (!weft_cas_weak_acq_rel_uptr(&object->shared, &seen, next));
    return is_dead(next);
}

/* One dead object. While the hook runs the object has one reference of its own, so that those it makes
 * can come and go, and the tags of the dying, so that nobody revives it from outside. A hook that waits may come back
 * left behind by a closed runtime, where nothing can be retired: the object waits then, as one that is torn down
 * already if the hook says so. */
static void finalize(weft_thread *self, weft_ref *object) {
    /* Relaxed, all: still this thread's alone. */
    bool torn_down = (weft_load_relaxed_u8(&object->flags) & WEFT_REF_TORN_DOWN) != 0;
    while (!torn_down) {
        set_link(object, NULL);
        weft_store_relaxed_uptr(&object->shared, weft_load_relaxed_uptr(&object->shared) | ONE);
        weft_ref_verdict verdict = hooks->dealloc(self, object);
        if (!settle(object, verdict)) {
            return;
        }
        torn_down = verdict == WEFT_REF_FREE;
        if (weft_ref_is_left_behind(self)) {
            if (torn_down) {
                weft_fetch_or_relaxed_u8(&object->flags, WEFT_REF_TORN_DOWN);
            }
            push_dead(self, object);
            return;
        }
    }
    release_memory(self, object);
}

/* Runs the hooks of all that is dead, and of what they kill. Where one has come back left behind by a closed runtime the
 * rest waits until the slot is freed, for a thread that is attached or for the runtime's end. */
static void run_dead(weft_thread *self) {
    weft_ref_slot *slot = weft_ref_slot_of(self);
    weft_ref *object;
    if (slot->finalizing) {
        return;
    }
    slot->finalizing = true;
    while (!weft_ref_is_left_behind(self) && (object = pop_dead(slot)) != NULL) {
        finalize(self, object);
    }
    slot->finalizing = false;
}

/* The calling thread has found the total at zero. */
static void died(weft_thread *self, weft_ref *object) {
    push_dead(self, object);
    run_dead(self);
}

/* ---- entries ----------------------------------------------------------------------------------- */

static void push_bundle(weft_ref_domain *domain, weft_ref_entry *first) {
    void *next = weft_load_relaxed_ptr(&domain->pool);
    do {
        first->of.next_bundle = next;
        /* Release: pairs with the acquire in take_bundle. */
    } while (!weft_cas_weak_release_ptr(&domain->pool, &next, first));
}

/* How often a thread looks whether another has taken its bundle, which is a matter of some loads and stores; then it
 * allocates, and what it has made stays. A model checker compiles with fewer. */
#ifndef WEFT_REF_POOL_LOOKS
#define WEFT_REF_POOL_LOOKS 100U
#endif

static bool begin_to_take(weft_ref_domain *domain) {
    for (unsigned look = 0; look < WEFT_REF_POOL_LOOKS; look++) {
        /* Acquire: pairs with the release in take_bundle, for the shelf. */
        if (weft_exchange_acquire_u8(&domain->taking, 1) == 0) {
            return true;
        }
        weft_spin_pause();
    }
    return false;
}

/* One at a time, from the shelf; where that is empty all of the pool is put there. So a bundle costs the same however many
 * there are, and who looks meanwhile does not find none where there are some: it would make a block, which stays. NULL: there is
 * none, or another thread was held up while it took one. */
static weft_ref_entry *take_bundle(weft_ref_domain *domain) {
    if (!begin_to_take(domain)) {
        return NULL;
    }
    weft_ref_entry *taken = domain->shelf;
    /* Relaxed: a guess. */
    if (taken == NULL && weft_load_relaxed_ptr(&domain->pool) != NULL) {
        /* Acquire: pairs with push_bundle. */
        taken = weft_exchange_acquire_ptr(&domain->pool, NULL);
    }
    domain->shelf = taken != NULL ? taken->of.next_bundle : NULL;
    /* Release: pairs with the acquire in begin_to_take. */
    weft_store_release_u8(&domain->taking, 0);
    return taken;
}

static weft_ref_entry *make_entries(weft_ref_domain *domain) {
    block *made = weft_host_allocate(sizeof *made, sizeof(void *));
    if (made == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < BLOCK_ENTRIES; i++) {
        made->entries[i].in.node.callback = NULL;
        made->entries[i].in.next = i + 1 < BLOCK_ENTRIES ? &made->entries[i + 1] : NULL;
        made->entries[i].of.object = NULL;
    }
    void *next = weft_load_relaxed_ptr(&domain->blocks);
    do {
        made->next = next;
        /* Relaxed: who walks the list has stopped the world, or has the runtime's last reference. */
    } while (!weft_cas_weak_relaxed_ptr(&domain->blocks, &next, made));
    COUNT(domain->made);
    return made->entries;
}

/* Adds to the reserve. False: out of memory. */
WEFT_COLD static bool refill(weft_thread *self) {
    weft_ref_slot *slot = weft_ref_slot_of(self);
    weft_ref_entry *first = take_bundle(domain_for(self));
    if (first == NULL) {
        first = make_entries(domain_for(self));
    }
    if (first == NULL) {
        return false;
    }
    weft_ref_entry *last = first;
    slot->spare++;
    while (last->in.next != NULL) {
        last = last->in.next;
        slot->spare++;
    }
    last->in.next = slot->entries;
    slot->entries = first;
    return true;
}

/* The reserve that attach and safepoint leave behind. A bundle may have a single entry, so one may not be enough.
 * False: out of memory. */
static bool fill_reserve(weft_thread *self) {
    while (weft_ref_slot_of(self)->spare < WEFT_REF_RESERVE) {
        if (!refill(self)) {
            return false;
        }
    }
    return true;
}

/* Whether the thread's next take_entry gets one. For what may as well be left undone: a drop may not. */
static bool has_entry(weft_thread *self) {
    const weft_ref_slot *slot = weft_ref_slot_of(self);
    return slot->stand_in || slot->entries != NULL || refill(self);
}

/* NULL: out of memory. */
static weft_ref_entry *take_entry(weft_thread *self) {
    weft_ref_slot *slot = weft_ref_slot_of(self);
    if (slot->entries == NULL && !refill(self)) {
        weft_thread_break(self, BREAK); /* others may have some at the next safepoint */
        return NULL;
    }
    weft_ref_entry *entry = slot->entries;
    slot->entries = entry->in.next;
    /* Relaxed: once asked is enough. */
    if (--slot->spare < WEFT_REF_RESERVE && (weft_load_relaxed_u32(&self->state) & BREAK) == 0) {
        weft_thread_break(self, BREAK);
    }
    return entry;
}

static void give_entries(weft_thread *thread, uint32_t number) {
    weft_ref_slot *slot = weft_ref_slot_of(thread);
    weft_ref_entry *first = slot->entries;
    weft_ref_entry *last = first;
    for (uint32_t i = 1; i < number; i++) {
        last = last->in.next;
    }
    slot->entries = last->in.next;
    slot->spare -= number;
    last->in.next = NULL;
    push_bundle(domain_for(thread), first);
}

static void give_entry(weft_thread *self, weft_ref_entry *entry) {
    weft_ref_slot *slot = weft_ref_slot_of(self);
    entry->in.node.callback = NULL;
    entry->of.object = NULL;
    entry->in.next = slot->entries;
    slot->entries = entry;
    if (++slot->spare >= 2 * BUNDLE) {
        give_entries(self, BUNDLE);
    }
}

/* By the list and not by its length: a thread that a fork has left behind may have been between the two. */
static void give_all_entries(weft_thread *thread) {
    weft_ref_slot *slot = weft_ref_slot_of(thread);
    weft_ref_entry *first = slot->entries;
    slot->entries = NULL;
    slot->spare = 0;
    if (first != NULL) {
        push_bundle(domain_for(thread), first);
    }
}

/* ---- without a thread --------------------------------------------------------------------------- */

/* The runtime whose last reference this thread is dropping: see "the end of a runtime". */
static _Thread_local weft_runtime *ending;

/* A stand-in counts where there is no thread any more: nobody can find an object, so memory is freed at
 * once. */
static void make_stand_in(weft_thread *stand_in, weft_runtime *runtime) {
    memset(stand_in, 0, sizeof *stand_in);
    weft_init_ptr(&stand_in->runtime, runtime);
    weft_ref_slot_of(stand_in)->key = NO_KEY;
    weft_ref_slot_of(stand_in)->recent = &no_cell;
    weft_ref_slot_of(stand_in)->stand_in = true;
}

/* ---- merging ----------------------------------------------------------------------------------- */

/* The end of the bias: by the owner, who has claimed its slot, or who has stopped its world. `drop` (ONE
 * or 0) and the tags of `clear` go. True if the object is dead. */
static bool merge(weft_ref *object, uintptr_t drop, uintptr_t clear) {
    /* Relaxed: the owner's, or claim and stop have ordered it. */
    uint32_t word = weft_load_relaxed_u32(&object->local);
    bool owned = (word & WEFT_REF_OWNER) != 0 && word != WEFT_REF_IMMORTAL;
    uintptr_t local = owned ? word >> WEFT_REF_LOCAL_SHIFT : 0;
    uintptr_t owners = owned ? ONE : 0;
    if (owned) {
        /* Relaxed: who still sees the owner queues to its slot, where nobody minds. */
        weft_store_relaxed_u32(&object->local, 0);
    }
    uintptr_t seen = weft_load_relaxed_uptr(&object->shared);
    uintptr_t next;
    do {
        next = is_saturated(seen) ? seen : seen + (local << WEFT_REF_COUNT_SHIFT) - owners - drop;
        next = (next | MERGED) & ~clear;
        /* Acquire and release: as a drop; what all who dropped did is done. */
    } while (!weft_cas_weak_acq_rel_uptr(&object->shared, &seen, next));
    if (owned && is_saturated(next)) {
        /* Relaxed: nobody else writes it any more. */
        weft_store_relaxed_u32(&object->local, WEFT_REF_IMMORTAL);
    }
    return is_dead(next);
}

void weft_ref_merge(weft_thread *self, weft_ref *object) {
    uint32_t owner = owner_of(object);
    if (owner == 0 || owner == WEFT_REF_IMMORTAL) {
        return;
    }
    if (owner != weft_ref_slot_of(self)->key && !self->world_stopped) {
        misused(object, "merge of an object that another thread owns");
    }
    if (merge(object, 0, 0)) {
        misused(object, "merge of an object without a reference to it");
    }
}

/* Merges what was queued to a thread: by itself, who has claimed its slot, or who has stopped its world.
 * Counts only: what died is put on the caller's list. */
static void weft_ref_drain(weft_thread *self, weft_thread *thread) {
    weft_atomic_ptr *queue = &weft_ref_slot_of(thread)->queue;
    /* Relaxed: a guess; PENDING comes after the push. Acquire: pairs with the release in push_entry. */
    if (weft_load_relaxed_ptr(queue) == NULL) {
        return;
    }
    weft_ref_entry *entry = weft_exchange_acquire_ptr(queue, NULL);
    while (entry != NULL) {
        weft_ref_entry *next = entry->in.next;
        weft_ref *object = entry->of.object;
        give_entry(self, entry);
        if (merge(object, ONE, QUEUED)) {
            push_dead(self, object);
        }
        entry = next;
    }
}

/* ---- queueing ---------------------------------------------------------------------------------- */

/* The owner has merged the object before it was queued: the drop is a plain one. */
static void drop_late(weft_thread *self, weft_ref *object) {
    uintptr_t seen = weft_load_relaxed_uptr(&object->shared);
    uintptr_t next;
    do {
        next = (is_saturated(seen) ? seen : seen - ONE) & ~QUEUED;
        /* Acquire and release: as a drop. */
    } while (!weft_cas_weak_acq_rel_uptr(&object->shared, &seen, next));
    if (is_dead(next)) {
        died(self, object);
    }
}

static void push_entry(weft_thread *thread, weft_ref_entry *entry) {
    weft_atomic_ptr *queue = &weft_ref_slot_of(thread)->queue;
    void *next = weft_load_relaxed_ptr(queue);
    do {
        entry->in.next = next;
        /* Release: pairs with the acquire in weft_ref_drain. */
    } while (!weft_cas_weak_release_ptr(queue, &next, entry));
}

/* The caller has claimed the slot: does what is queued there, and lets it go. */
static void drain_claimed(weft_thread *self, weft_thread *thread) {
    COUNT(domain_for(self)->claims);
    do {
        (void)weft_thread_take_pending(thread);
        weft_ref_drain(self, thread);
    } while (!weft_thread_try_unclaim(thread));
    run_dead(self);
}

/* No entry: what can be done without one. */
WEFT_COLD static void queue_without_memory(weft_thread *self, weft_ref *object,
                                           weft_thread *thread) {
    if (!weft_thread_try_claim(thread)) {
        COUNT(domain_for(self)->leaked);
        return;
    }
    if (merge(object, ONE, QUEUED)) {
        push_dead(self, object);
    }
    drain_claimed(self, thread);
}

/* The caller has set QUEUED. */
static void weft_ref_queue(weft_thread *self, weft_ref *object) {
    /* Relaxed: if the owner has merged meanwhile and this does not see it, the entry only makes a
     * detour through the slot. */
    uint32_t owner = owner_of(object);
    if (owner == 0 || owner == WEFT_REF_IMMORTAL) {
        drop_late(self, object);
        return;
    }
    weft_thread *thread = weft_thread_by_id((uint16_t)owner);
    if (thread == NULL) {
        misused(object, "drop of an object whose owner never was");
    }
    weft_ref_entry *entry = take_entry(self);
    if (WEFT_UNLIKELY(entry == NULL)) {
        queue_without_memory(self, object, thread);
        return;
    }
    COUNT(domain_for(self)->queued);
    entry->of.object = object;
    push_entry(thread, entry);
    if (weft_thread_post(thread) && weft_thread_try_claim(thread)) {
        drain_claimed(self, thread);
    }
}

/* ---- sharded counts ------------------------------------------------------------------------------ */

/* A thread's table: its part of the counts of sharded objects. Only the thread writes a cell while its object
 * is sharded; who ends that, after a grace period, takes what is in the cells. A table stays with its slot, as
 * do its counts when a thread exits: the next one goes on with them, or they are taken. */
#ifndef WEFT_REF_CELL_BITS
#define WEFT_REF_CELL_BITS 6
#endif
#define CELLS (1U << WEFT_REF_CELL_BITS)
/* How far from its place an object's cell may be. Where all are taken the object stays atomic. */
#define PROBES 4U

/* What the count has besides while the cells are being collected: so it does not reach zero. 2^56,
 * 2^24 where pointers have 32 bits. */
#define BIAS ((uintptr_t)1 << (sizeof(uintptr_t) * 8 - 4))

WEFT_STATIC_ASSERT(WEFT_REF_CELL_MOST == UINTPTR_MAX ||
                       WEFT_REF_CELL_MOST < (BIAS >> WEFT_REF_COUNT_SHIFT) / WEFT_MAX_ID,
                   "what drops elsewhere take from the header is less than the bias");

/* The sum of cells that saturates. */
#define MOST ((uintptr_t)1 << (sizeof(uintptr_t) * 8 - WEFT_REF_COUNT_SHIFT - 2))

static uint32_t cell_place(const weft_ref *object) {
    /* Multiplicative hashing (Knuth): the upper bits of the product are well mixed. */
    uint32_t bits = (uint32_t)((uintptr_t)object >> 4);
    return (bits * UINT32_C(2654435769)) >> (32 - WEFT_REF_CELL_BITS);
}

WEFT_COLD static weft_ref_cell *find_cell_further(weft_ref_cell *cells, const weft_ref *object) {
    uint32_t place = cell_place(object);
    for (uint32_t i = 1; i < PROBES; i++) {
        weft_ref_cell *cell = &cells[(place + i) % CELLS];
        /* Relaxed: see find_cell. */
        if (weft_load_relaxed_ptr(&cell->object) == object) {
            return cell;
        }
    }
    return NULL;
}

/* The object's cell in a table, or NULL. */
static weft_ref_cell *find_cell(weft_ref_cell *cells, const weft_ref *object) {
    if (WEFT_UNLIKELY(cells == NULL)) {
        return NULL;
    }
    weft_ref_cell *cell = &cells[cell_place(object)];
    /* Relaxed: the thread's own, or after a grace period. */
    if (WEFT_LIKELY(weft_load_relaxed_ptr(&cell->object) == object)) {
        return cell;
    }
    return find_cell_further(cells, object);
}

/* The calling thread's; the fast path finds it next time. */
static weft_ref_cell *find_own_cell(weft_thread *self, const weft_ref *object) {
    weft_ref_slot *slot = weft_ref_slot_of(self);
    weft_ref_cell *cell = find_cell(weft_load_relaxed_ptr(&slot->cells), object);
    if (cell != NULL) {
        slot->recent = cell;
    }
    return cell;
}

static weft_ref_cell *make_cell(weft_ref_cell *cells, weft_ref *object) {
    uint32_t place = cell_place(object);
    for (uint32_t i = 0; i < PROBES; i++) {
        weft_ref_cell *cell = &cells[(place + i) % CELLS];
        /* Acquire: pairs with the release in collect_cells: the count is 0. */
        if (weft_load_acquire_ptr(&cell->object) == NULL) {
            weft_store_relaxed_ptr(&cell->object, object);
            return cell;
        }
    }
    return NULL;
}

/* The calling thread's table, of any thread's slot. */
static weft_ref_cell *cells_of(weft_thread *thread) {
    /* Acquire: pairs with the release in make_cells. */
    return weft_load_acquire_ptr(&weft_ref_slot_of(thread)->cells);
}

/* False: out of memory. */
static bool make_cells(weft_thread *self) {
    weft_ref_slot *slot = weft_ref_slot_of(self);
    if (cells_of(self) != NULL) {
        return true;
    }
    weft_ref_cell *cells = weft_host_allocate(CELLS * sizeof *cells, WEFT_CACHE_LINE);
    if (cells == NULL) {
        return false;
    }
    memset(cells, 0, CELLS * sizeof *cells);
    /* Release: pairs with the acquire in cells_of. */
    weft_store_release_ptr(&slot->cells, cells);
    return true;
}

/* The calling thread's, which had none for the object: it begins at 0. NULL: the count goes to the header. */
WEFT_COLD static weft_ref_cell *make_own_cell(weft_thread *self, weft_ref *object) {
    weft_ref_slot *slot = weft_ref_slot_of(self);
    weft_ref_cell *cells = weft_load_relaxed_ptr(&slot->cells);
    weft_ref_cell *cell = cells != NULL ? make_cell(cells, object) : NULL;
    if (cell != NULL) {
        slot->recent = cell;
    } else if (cells == NULL && !slot->stand_in && !slot->wants_cells) {
        slot->wants_cells = true;
        weft_thread_break(self, BREAK);
    }
    return cell;
}

/* One reference more, probably to a sharded object. */
void weft_ref_incref_sharded(weft_thread *self, weft_ref *object) {
    /* Acquire: see weft_ref_count_in_cell. */
    uintptr_t seen = weft_load_acquire_uptr(&object->shared);
    weft_ref_cell *cell = NULL;
    if (WEFT_LIKELY((seen & (SHARDED | QUEUED)) == SHARDED)) {
        cell = find_own_cell(self, object);
        cell = cell != NULL ? cell : make_own_cell(self, object);
    }
    /* Relaxed, all: the thread's own. */
    uintptr_t count = cell != NULL ? weft_load_relaxed_uptr(&cell->count) : WEFT_REF_CELL_MOST;
    if (WEFT_UNLIKELY(count == WEFT_REF_CELL_MOST)) {
        weft_ref_add_shared(object);
        return;
    }
    weft_store_relaxed_uptr(&cell->count, count + 1);
}

/* An addition has found the count below zero: of a queued object, or saturated. */
void weft_ref_incref_saturated(weft_ref *object) {
    uintptr_t seen = weft_load_relaxed_uptr(&object->shared);
    /* Relaxed: a count. */
    while (
        is_saturated(seen) && !is_dying(seen) &&
        !weft_cas_weak_relaxed_uptr(&object->shared, &seen, WEFT_REF_SATURATED | (seen & TAGS))) {
    }
}

/* One reference less, if the thread's own cell has one. */
static bool decref_cell(weft_thread *self, const weft_ref *object) {
    /* Relaxed, all: the thread's own. */
    weft_ref_cell *cell = find_own_cell(self, object);
    uintptr_t count = cell != NULL ? weft_load_relaxed_uptr(&cell->count) : 0;
    if (count == 0) {
        return false;
    }
    weft_store_relaxed_uptr(&cell->count, count - 1);
    return true;
}

/* The sum of what the cells hold, which are emptied if `take`. After a grace period, or in a stopped
 * world. */
static uintptr_t collect_cells(const weft_ref *object, bool take) {
    uintptr_t sum = 0;
    uint32_t count = weft_thread_slot_count();
    for (uint32_t index = 0; index < count; index++) {
        weft_ref_cell *cell = find_cell(cells_of(weft_thread_slot(index)), object);
        if (cell == NULL) {
            continue;
        }
        /* Relaxed: the grace period has ordered it. */
        sum += weft_load_relaxed_uptr(&cell->count);
        if (take) {
            weft_store_relaxed_uptr(&cell->count, 0);
            /* Release: pairs with the acquire in make_cell. */
            weft_store_release_ptr(&cell->object, NULL);
        }
    }
    return sum;
}

/* The last step of leaving: nobody uses a cell of the object any more. */
static void finish_leaving(weft_thread *self, weft_ref *object) {
    uintptr_t sum = collect_cells(object, true);
    uintptr_t seen = weft_load_relaxed_uptr(&object->shared);
    uintptr_t next;
    /* Relaxed: read in stopped worlds. */
    weft_fetch_and_relaxed_u8(&object->flags, (uint8_t)~WEFT_REF_LEAVING);
    do {
        if (is_saturated(seen) || sum >= MOST) {
            next = WEFT_REF_SATURATED | (seen & TAGS);
        } else {
            next = seen + (sum << WEFT_REF_COUNT_SHIFT) - BIAS - ONE;
        }
        /* Acquire and release: as a drop. */
    } while (!weft_cas_weak_acq_rel_uptr(&object->shared, &seen, next));
    if (is_dead(next)) {
        died(self, object);
    }
}

static void leave_after_grace_period(weft_thread *self, weft_qsbr_node *node) {
    void *place = node;
    weft_ref_entry *entry = place;
    weft_ref *object = entry->of.object;
    weft_thread stand_in;
    if (self == NULL) {
        make_stand_in(&stand_in, ending);
        self = &stand_in;
    } else {
        give_entry(self, entry);
    }
    finish_leaving(self, object);
    if (self == &stand_in) {
        give_all_entries(self);
    }
}

/* From sharded to atomic, with a reference of the caller's that is dropped at the end. `seen` is what the
 * caller has found in the word; false: it has changed. */
static bool leave_sharded(weft_thread *self, weft_ref *object, uintptr_t seen) {
    bool stand_in = weft_ref_slot_of(self)->stand_in;
    weft_ref_entry *entry = stand_in ? NULL : take_entry(self);
    if (entry == NULL && !stand_in) {
        COUNT(domain_for(self)->leaked); /* the object stays sharded, and the reference counted */
        return true;
    }
    /* Relaxed: it is finish_leaving that drops the reference, and comes after this. */
    if (!weft_cas_relaxed_uptr(&object->shared, &seen, (seen & ~SHARDED) + BIAS)) {
        if (entry != NULL) {
            give_entry(self, entry);
        }
        return false;
    }
    uint32_t hint = WEFT_REF_HINT_SHARDED;
    /* Relaxed: a hint; and read in stopped worlds. */
    (void)weft_cas_relaxed_u32(&object->local, &hint, 0);
    weft_fetch_or_relaxed_u8(&object->flags, WEFT_REF_LEAVING);
    if (stand_in) {
        finish_leaving(self, object);
    } else {
        entry->of.object = object;
        weft_qsbr_retire(self, &entry->in.node, leave_after_grace_period, sizeof *entry);
    }
    return true;
}

/* A drop of a sharded object: `seen` as above. */
static bool drop_sharded(weft_thread *self, weft_ref *object, uintptr_t seen) {
    if (decref_cell(self, object)) {
        return true;
    }
    if (count_of(seen) == 1) {
        /* What is left may all be in cells, or nothing. */
        return leave_sharded(self, object, seen);
    }
    /* Relaxed: the object outlives a grace period from here on, which orders what this thread did with it. */
    return weft_cas_weak_relaxed_uptr(&object->shared, &seen, seen - ONE);
}

/* Has the owner merge the object: a new reference is queued to it. */
static void ask_for_merge(weft_thread *self, weft_ref *object) {
    uintptr_t seen = weft_load_relaxed_uptr(&object->shared);
    while ((seen & (MERGED | QUEUED)) == 0 && !is_saturated(seen) && has_entry(self)) {
        /* Relaxed: the caller has a reference; nothing is given up. */
        if (weft_cas_weak_relaxed_uptr(&object->shared, &seen, (seen + ONE) | QUEUED)) {
            weft_ref_queue(self, object);
            return;
        }
    }
}

bool weft_ref_shard(weft_thread *self, weft_ref *object) {
    if (!make_cells(self)) {
        return false;
    }
    if (owner_of(object) == weft_ref_slot_of(self)->key) {
        weft_ref_merge(self, object);
    }
    uintptr_t seen = weft_load_relaxed_uptr(&object->shared);
    do {
        if ((seen & ~MAYBE_SHARED & TAGS) == (MERGED | SHARDED)) {
            return true;
        }
        if ((seen & ~MAYBE_SHARED & TAGS) != MERGED || seen >= BIAS / 2) {
            return false;
        }
        /* Relaxed: a count. */
    } while (!weft_cas_weak_relaxed_uptr(&object->shared, &seen, seen | SHARDED));
    uint32_t merged = 0;
    /* Relaxed: a hint. Not over what makes the object immortal. */
    (void)weft_cas_relaxed_u32(&object->local, &merged, WEFT_REF_HINT_SHARDED);
    return true;
}

void weft_ref_unshard(weft_thread *self, weft_ref *object) {
    uintptr_t seen = weft_load_relaxed_uptr(&object->shared);
    while ((seen & SHARDED) != 0 && !is_dying(seen) && !is_saturated(seen) && has_entry(self)) {
        /* Relaxed: a reference for the leaving. */
        if (weft_cas_weak_relaxed_uptr(&object->shared, &seen, seen + ONE)) {
            if (leave_sharded(self, object, seen + ONE)) {
                return;
            }
            /* `seen` is out of date then: the next try fails, and looks again. */
            weft_ref_decref(self, object);
        }
    }
}

/* A drop that met another thread at the object. */
void weft_ref_decref_contended(weft_thread *self, weft_ref *object) {
    weft_ref_slot *slot = weft_ref_slot_of(self);
    /* Relaxed: a permission, which orders nothing. */
    if ((weft_load_relaxed_u8(&object->flags) & WEFT_REF_SHARDABLE) != 0) {
        slot->heat = slot->hot == object ? slot->heat + 1 : 0;
        slot->hot = object;
        if (slot->heat >= WEFT_REF_HEAT) {
            slot->hot = NULL;
            if (!weft_ref_shard(self, object)) {
                ask_for_merge(self, object);
            }
        }
    }
    weft_ref_decref_shared(self, object);
}

/* ---- counting ---------------------------------------------------------------------------------- */

/* The owner's last local reference. */
void weft_ref_decref_last(weft_thread *self, weft_ref *object) {
    /* Acquire: pairs with the releases of drops by others. If the word has nothing but the owner's 1, this is the only
     * reference there is, and nobody can find the object any more: no read-modify-write needed. */
    if (weft_load_acquire_uptr(&object->shared) == ONE) {
        died(self, object);
        return;
    }
    if (merge(object, ONE, 0)) {
        died(self, object);
    }
}

/* One try at a drop that is not of a sharded object. False: the word has changed. */
static bool decref_atomic(weft_thread *self, weft_ref *object, uintptr_t seen) {
    bool queues = (seen & (MERGED | QUEUED)) == 0 && count_of(seen) <= 1; /* the owner's */
    uintptr_t next = queues ? seen | QUEUED : seen - ONE;
    /* Release: pairs with the acquire of who finds the total at zero. Acquire: if that is this
     * thread, what all others did with the object is done. */
    if (!weft_cas_weak_acq_rel_uptr(&object->shared, &seen, next)) {
        return false;
    }
    if (queues) {
        weft_ref_queue(self, object);
    } else if (is_dead(next)) {
        died(self, object);
    }
    return true;
}

void weft_ref_decref_shared(weft_thread *self, weft_ref *object) {
    bool done = false;
    while (!done) {
        /* Acquire: see weft_ref_count_in_cell. */
        uintptr_t seen = weft_load_acquire_uptr(&object->shared);
        if (is_dead(seen) || (is_dying(seen) && count_of(seen) <= 1)) {
            misused(object, "drop of an object that has no reference any more");
        }
        if (is_saturated(seen) && !is_dying(seen)) {
            return;
        }
        done = (seen & SHARDED) != 0 && !is_dying(seen) ? drop_sharded(self, object, seen)
                                                        : decref_atomic(self, object, seen);
    }
}

bool weft_ref_try_incref_shared(weft_thread *self, weft_ref *object) {
    uintptr_t seen = weft_load_relaxed_uptr(&object->shared);
    do {
        if (is_dead(seen) || is_dying(seen)) {
            return false;
        }
        if (is_saturated(seen)) {
            return true;
        }
        if ((seen & SHARDED) != 0) {
            /* A sharded object is alive, and stays so until this thread's next quiescent state. */
            weft_ref_incref_sharded(self, object);
            return true;
        }
        /* Acquire: see weft_ref_try_incref. */
    } while (!weft_cas_weak_acquire_uptr(&object->shared, &seen, seen + ONE));
    return true;
}

weft_ref_uniqueness weft_ref_unique(weft_thread *self, weft_ref *object) {
    uint32_t word = weft_load_relaxed_u32(&object->local);
    /* Acquire: pairs with the releases of drops by others. */
    uintptr_t seen = weft_load_acquire_uptr(&object->shared);
    bool mine = weft_ref_is_own(self, word);
    bool unique = mine ? word >> WEFT_REF_LOCAL_SHIFT == 1 && (seen & ~MAYBE_SHARED) == ONE
                       : (seen & ~MAYBE_SHARED) == (ONE | MERGED);
    if (!unique || has_weak_cell(object)) {
        return WEFT_REF_NOT_UNIQUE;
    }
    if ((seen & MAYBE_SHARED) == 0) {
        return WEFT_REF_UNIQUE;
    }
    /* A reader that has found the object where it was before may try it at this moment. Acquire and
     * release, and no store: if the reader comes later, its acquire makes it see at its second
     * look that the object is gone from there; if it was before, this fails. */
    return weft_cas_acq_rel_uptr(&object->shared, &seen, seen) ? WEFT_REF_UNIQUE_BODY
                                                               : WEFT_REF_NOT_UNIQUE;
}

void weft_ref_immortalise(weft_thread *self, weft_ref *object) {
    uint32_t owner = owner_of(object);
    bool ends = owner == 0 || owner == weft_ref_slot_of(self)->key;
    if (owner == WEFT_REF_IMMORTAL) {
        return;
    }
    if (ends) {
        /* Relaxed: of several that do so to a merged object each writes the same. */
        weft_store_relaxed_u32(&object->local, WEFT_REF_IMMORTAL);
    }
    uintptr_t seen = weft_load_relaxed_uptr(&object->shared);
    uintptr_t next;
    do {
        next = is_saturated(seen) ? seen : (seen & TAGS) | WEFT_REF_SATURATED;
        next |= ends ? MERGED : 0;
        /* Relaxed: what is never freed needs no order. */
    } while (!weft_cas_weak_relaxed_uptr(&object->shared, &seen, next));
}

void weft_ref_check(weft_thread *self, const weft_ref *object) {
    if (weft_thread_current() != self && !weft_ref_slot_of(self)->stand_in) {
        weft_fatal("a thread counts while it is not attached", "object", object, NULL);
    }
    uint32_t owner = owner_of(object);
    weft_thread *thread = weft_thread_by_id((uint16_t)owner);
    if (thread != NULL && owner != WEFT_REF_IMMORTAL &&
        weft_thread_runtime(thread) != weft_thread_runtime(self)) {
        weft_fatal("count of an object that belongs to another runtime", "object", object, NULL);
    }
}

/* ---- drops after a grace period ------------------------------------------------------------------ */

void weft_ref_decref_in_callback(weft_thread *self, weft_ref *object) {
    weft_thread stand_in;
    if (self != NULL) {
        weft_ref_decref(self, object);
        return;
    }
    if (ending == NULL) {
        misused(object, "drop without a thread");
    }
    make_stand_in(&stand_in, ending);
    weft_ref_decref(&stand_in, object);
    give_all_entries(&stand_in); /* it may have refilled */
}

static void drop_deferred(weft_thread *self, weft_qsbr_node *node) {
    void *place = node;
    weft_ref_entry *entry = place;
    weft_ref *object = entry->of.object;
    if (self != NULL) {
        give_entry(self, entry);
    }
    weft_ref_decref_in_callback(self, object);
}

void weft_ref_retire_decref(weft_thread *self, weft_ref *object, size_t size) {
    weft_ref_checked(self, object);
    if (owner_of(object) == WEFT_REF_IMMORTAL) {
        return;
    }
    if (weft_ref_slot_of(self)->stand_in) {
        weft_ref_decref(self, object);
        return;
    }
    weft_ref_entry *entry = take_entry(self);
    if (WEFT_UNLIKELY(entry == NULL)) {
        COUNT(domain_for(self)->leaked);
        return;
    }
    entry->of.object = object;
    weft_qsbr_retire(self, &entry->in.node, drop_deferred, size + sizeof *entry);
}

/* ---- the layer's hooks ------------------------------------------------------------------------- */

static void on_birth(weft_thread *thread) {
    weft_ref_slot *slot = weft_ref_slot_of(thread);
    slot->key = thread->id != WEFT_NO_ID ? thread->id : NO_KEY;
    slot->finalizing = false;
    slot->wants_cells = false;
    slot->hot = NULL;
    slot->recent = &no_cell;
    /* The queue is left alone: it may be under a claim, and what is in it is this thread's now. */
}

static void on_attach(weft_thread *self) {
    bool short_of_entries = !fill_reserve(self);
    /* Relaxed: a guess; see ask_somebody. */
    if (WEFT_UNLIKELY(short_of_entries ||
                      weft_load_relaxed_ptr(&domain_for(self)->orphans) != NULL)) {
        weft_thread_break(self, BREAK);
    }
}

/* What died may not wait for a thread that sleeps. */
static void on_detach(weft_thread *self) {
    hand_over_dead(self);
}

static void on_pending(weft_thread *self, bool may_run_host) {
    weft_ref_drain(self, self);
    if (may_run_host) {
        run_dead(self);
    }
}

/* Memory is out. In a stopped world everybody's queue can be merged, and what others have above their reserve
 * goes to the pool. */
static void relieve(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    if (weft_world_stop(self) != WEFT_THREAD_OK) {
        return;
    }
    COUNT(domain_of(runtime)->relief);
    uint32_t count = weft_thread_slot_count();
    for (uint32_t index = 0; index < count; index++) {
        weft_thread *thread = weft_thread_slot(index);
        if (weft_thread_runtime(thread) == runtime) {
            weft_ref_drain(self, thread);
            uint32_t spare = weft_ref_slot_of(thread)->spare;
            if (thread != self && spare > WEFT_REF_RESERVE) {
                give_entries(thread, spare - WEFT_REF_RESERVE);
            }
        }
    }
    weft_world_resume(self);
    (void)fill_reserve(self);
}

static void on_safepoint(weft_thread *self) {
    weft_ref_slot *slot = weft_ref_slot_of(self);
    if (self->world_stopped) {
        return; /* the bit stays: the next safepoint looks again */
    }
    (void)weft_thread_clear_break(self, BREAK);
    if (!fill_reserve(self)) {
        relieve(self);
    }
    if (slot->wants_cells) {
        slot->wants_cells = !make_cells(self); /* without memory: atomic, for as long as it runs */
    }
    if (weft_thread_is_attached(self)) {
        adopt_orphans(self);
        run_dead(self);
    }
}

static void on_exit(weft_thread *self) {
    if (weft_ref_slot_of(self)->finalizing) {
        weft_fatal("exit of a thread inside a dealloc hook", "thread", self, NULL);
    }
    adopt_orphans(self);
    run_dead(self);
}

/* Under the list's lock: the slot is off the list. */
static void on_freed(weft_thread *thread) {
    hand_over_dead(thread);
    give_all_entries(thread);
}

/* In the child of a fork slots have become FREE whose queue nobody was going to drain but their thread. */
static void on_fork_child(void) {
    uint32_t count = weft_thread_slot_count();
    for (uint32_t index = 0; index < count; index++) {
        weft_thread *thread = weft_thread_slot(index);
        weft_runtime *runtime = weft_thread_runtime(thread);
        if (runtime == NULL) {
            continue;
        }
        /* Relaxed: the child has one thread. Another may have been about to take a bundle: at worst that one is lost. */
        weft_store_relaxed_u8(&domain_of(runtime)->taking, 0);
        if ((weft_load_relaxed_u32(&thread->state) & WEFT_THREAD_FREE) != 0) {
            weft_ref_drain(thread, thread);
            on_freed(thread);
        }
    }
}

/* ---- the end of a runtime ---------------------------------------------------------------------- */

static void on_runtime_last(weft_runtime *runtime) {
    weft_thread stand_in;
    ending = runtime; /* until on_runtime_end: the callbacks of lib/qsbr come in between */
    make_stand_in(&stand_in, runtime);
    uint32_t count = weft_thread_slot_count();
    for (uint32_t index = 0; index < count; index++) {
        weft_thread *thread = weft_thread_slot(index);
        if (weft_thread_runtime(thread) == runtime) {
            weft_ref_drain(&stand_in, thread);
        }
    }
    adopt_orphans(&stand_in);
    run_dead(&stand_in);
}

static void free_blocks(weft_ref_domain *domain) {
    /* Relaxed: the end of the runtime has ordered it. */
    block *first = weft_load_relaxed_ptr(&domain->blocks);
    while (first != NULL) {
        block *next = first->next;
        weft_host_free(first, sizeof *first, sizeof(void *));
        first = next;
    }
}

static void on_runtime_end(weft_runtime *runtime) {
    ending = NULL;
    uint32_t count = weft_thread_slot_count();
    for (uint32_t index = 0; index < count; index++) {
        weft_thread *thread = weft_thread_slot(index);
        /* Nothing is queued: on_runtime_last has drained it, or on_fork_child, and a stand-in's drops are merged at once. */
        if (weft_thread_runtime(thread) == runtime && cells_of(thread) != NULL) {
            memset(cells_of(thread), 0, CELLS * sizeof(weft_ref_cell)); /* of objects that leaked */
        }
    }
    free_blocks(domain_of(runtime));
}

void weft_ref_install(const weft_ref_hooks *wanted) {
    static const weft_thread_layer LAYER = {
        .birth = on_birth,
        .attach = on_attach,
        .detach = on_detach,
        .pending = on_pending,
        .safepoint = on_safepoint,
        .exit = on_exit,
        .freed = on_freed,
        .runtime_last = on_runtime_last,
        .runtime_end = on_runtime_end,
        .fork_child = on_fork_child,
    };
    weft_qsbr_install();
    weft_thread_set_layer(WEFT_AREA_REF, &LAYER);
    if (hooks != wanted) {
        hooks = wanted;
    }
}

/* ---- collectors and statistics ----------------------------------------------------------------- */

void weft_ref_each_deferred(weft_thread *self, void (*visit)(void *argument, weft_ref *object),
                            void *argument) {
    if (!self->world_stopped) {
        weft_fatal("a look at deferred drops in a world that is not stopped", "thread", self, NULL);
    }
    /* Relaxed: the stop has ordered it, and what is in the blocks. */
    const block *at = weft_load_relaxed_ptr(&domain_for(self)->blocks);
    for (; at != NULL; at = at->next) {
        for (size_t i = 0; i < BLOCK_ENTRIES; i++) {
            if (at->entries[i].in.node.callback == drop_deferred) {
                visit(argument, at->entries[i].of.object);
            }
        }
    }
}

typedef struct tally {
    const weft_ref *object;
    intptr_t number;
} tally;

static void count_one(void *argument, weft_ref *object) {
    tally *deferred = argument;
    deferred->number += object == deferred->object ? 1 : 0;
}

size_t weft_ref_counted(weft_thread *self, const weft_ref *object) {
    if (!self->world_stopped) {
        misused(object, "total of an object in a world that is not stopped");
    }
    /* Relaxed: the stop has ordered it. */
    uint32_t word = weft_load_relaxed_u32(&object->local);
    uintptr_t shared = weft_load_relaxed_uptr(&object->shared);
    if (word == WEFT_REF_IMMORTAL || is_saturated(shared) || is_dying(shared)) {
        return SIZE_MAX;
    }
    intptr_t total = count_of(shared);
    if ((word & WEFT_REF_OWNER) != 0) {
        total += (intptr_t)(word >> WEFT_REF_LOCAL_SHIFT) - 1;
    }
    bool leaves = (weft_load_relaxed_u8(&object->flags) & WEFT_REF_LEAVING) != 0;
    if (leaves || (shared & SHARDED) != 0) { /* no other object has cells */
        total += (intptr_t)collect_cells(object, false);
    }
    if (leaves) {
        total -= (intptr_t)(BIAS >> WEFT_REF_COUNT_SHIFT) + 1;
    }
    return (size_t)(total - ((shared & QUEUED) != 0 ? 1 : 0));
}

size_t weft_ref_total(weft_thread *self, const weft_ref *object) {
    tally deferred = {object, 0};
    size_t counted = weft_ref_counted(self, object);
    if (counted != SIZE_MAX) {
        weft_ref_each_deferred(self, count_one, &deferred);
        counted -= (size_t)deferred.number;
    }
    return counted;
}

void weft_ref_get_statistics(weft_runtime *runtime, weft_ref_statistics *statistics) {
    weft_ref_domain *domain = domain_of(runtime);
    statistics->queued = weft_load_relaxed_u64(&domain->queued);
    statistics->claims = weft_load_relaxed_u64(&domain->claims);
    statistics->blocks = weft_load_relaxed_u64(&domain->made);
    statistics->relief = weft_load_relaxed_u64(&domain->relief);
    statistics->leaked = weft_load_relaxed_u64(&domain->leaked);
}
