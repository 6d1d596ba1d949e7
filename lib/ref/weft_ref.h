/* weft_ref.h: the header of a counted object: biased reference counts and the object's mutex.
 *
 * What it is for. Objects of a language runtime whose counts most often change on the thread that
 * made them. That thread, the owner, counts with plain loads and stores; every other thread with
 * one read-modify-write on a second word. When not to use it: for a handful of objects (one atomic
 * count is simpler), for objects that never die (make them immortal: nobody writes them then), or
 * without the slots of weft_thread.h.
 *
 *     typedef struct thing { weft_ref head; struct thing *child; ... } thing;
 *     static weft_ref_verdict thing_dealloc(weft_thread *self, weft_ref *object) {
 *         weft_ref_decref(self, &((thing *)object)->child->head);
 *         return WEFT_REF_FREE;
 *     }
 *     static const weft_ref_hooks HOOKS = {.dealloc = thing_dealloc, .free = thing_free};
 *     weft_ref_install(&HOOKS);                  // once, before the first runtime is made
 *
 *     thing *made = thing_allocate();
 *     weft_ref_init(self, &made->head);          // one reference, the caller's
 *     weft_ref_incref(self, &made->head);
 *     weft_ref_decref(self, &made->head);
 *
 * The header: 16 bytes, 12 where pointers have 4.
 *     local    u32   owner in the low 16 bits, the owner's count in the high 16: a carry out of the
 *                    word is the count's overflow
 *     mutex    u8    the object's one-byte lock, for the host and for critical sections
 *     flags    u8    the library's, changed by RMW: HAS_WEAK (weft_weak.h), SHARDABLE, LEAVING, TORN_DOWN
 *     host     u16   the host's
 *     shared   word  count << 4 | SHARDED | MERGED | QUEUED | MAYBE_SHARED; the count is signed
 *
 * local         owner        count     who writes it
 *     owned     a slot's id  >= 1      the thread with that id; who has claimed its slot; who has
 *                                      stopped its world
 *     merged    0            0         nobody any more, but who makes it immortal; when the object
 *                                      is dying, the thread that deallocates it
 *     immortal  0xFFFF       0         nobody
 *     sharded   0            1         who begins or ends the sharding: a hint, `shared` decides
 *
 * shared, written by read-modify-writes until the object is dead
 *     MERGED QUEUED SHARDED  count  state
 *     0      0      0        >= 1   owned, or its owner is merging it at this moment: 1 for the owner, whatever
 *                                   its own count is, and the references that are counted here
 *     0      1      0        any    owned, and in the merge queue of the owner's slot, which holds
 *                                   one reference; below 1: what others dropped is in `local` yet
 *     1      0      0        >= 1   merged
 *     1      1      0        >= 1   merged by its owner while it was queued: the queue still holds
 *                                   its reference
 *     1      0      1        >= 1   sharded: threads count in cells of their own, which are never
 *                                   below 0; so it is alive. Read-only while all stay in their cells
 *     1      0      0        >= 2^56 - 2^26   leaving that: the cells are collected after a grace
 *                                   period, until when the count has a bias (2^24 with 32 bits)
 *     1      0      0        0      dead: the deallocating thread's alone, or retired
 *     1      1      1        any    dying: in the hook (the count is 1 more than the references
 *                                   that the hook has made), or waiting for it (the bits of the
 *                                   count are a link)
 *     others                        illegal
 *     MAYBE_SHARED goes with any; it is never cleared.
 *     Saturated: a count that has overflowed into its sign, or was made immortal, is set to WEFT_REF_SATURATED,
 *     and no drop lowers it any more: the object is never freed. It is far from -2^17, the least that drops of
 *     a queued object come to, and from what other threads may add before they notice.
 *
 * Rules
 *   - A reference is counted in `local` or in `shared`, whoever holds it: references change hands
 *     without a count. local + count = references + 1 if owned + 1 if QUEUED.
 *   - The owner's 1 goes with the merge. So one comparison tells a drop by another thread that nothing ends with it:
 *     2 or more, and not saturated.
 *   - A drop by another thread that would take from the owner's 1 sets QUEUED and subtracts
 *     nothing: the reference is now the queue's, and the merge drops it. So nobody frees what is
 *     queued. It may not subtract first and look afterwards: between the two a third thread's increment
 *     would hide what is missing, and the owner's last drop free the object.
 *   - A queued object goes to its owner's slot: pushed first, then PENDING. An attached owner is
 *     kicked and merges at its next safepoint; the slot of one that is detached or gone is claimed,
 *     and the object merged here and now. No memory waits for a thread that sleeps.
 *   - The owner's last local reference merges the object; what `shared` holds then decides.
 *   - Exactly one read-modify-write finds the total at zero; its thread deallocates, once. No count
 *     leaves zero again but by the verdict WEFT_REF_KEEP.
 *   - Every object is flagged MAYBE_SHARED (weft_ref_maybe_share) before it becomes reachable by
 *     threads that have no reference to it: through a container that is shared, or a weak cell.
 *
 * Reading containers, the prompt discipline. A reader loads a slot, calls weft_ref_try_incref,
 * and looks at the slot again: if it has changed, it drops the reference and starts over. The object
 * it tries may be dead: so the memory of a MAYBE_SHARED object is freed after a grace period
 * (weft_qsbr.h), and its header stays readable until then. The node for it lies in the object's body: an object has at least
 * WEFT_REF_SMALLEST bytes. Other objects are freed at once.
 *
 * Reading containers, the deferred discipline. The container drops its references by weft_ref_retire_decref, so
 * whatever a reader finds has one for as long as the reader's borrow lasts: no count, no second look, and
 * weft_ref_incref keeps it. Drops that wait are references still: nothing they hold is unique.
 *
 * Hot objects. An object that many threads use at once may be sharded: each thread counts in a table of its own, and
 * the header is only read. A host allows it for an object (weft_ref_allow_sharding), or for all of a type where it makes
 * them; then drops that meet other threads WEFT_REF_HEAT times in a row switch it on; or the host does so itself. A
 * drop that finds nothing in the thread's own cell counts in the header; the last one there ends the sharding: the
 * cells are collected after a grace period, and the object is atomic again until the next contention. So a
 * sharded object dies a grace period late. A thread's table has 1 KiB, is allocated once, at the switch or the
 * thread's next safepoint, and stays with its slot. Without memory, or place in the table, a thread counts in
 * the header. A sharded object is never unique.
 *
 * Deallocation. The hook runs on the thread that dropped the last reference, with no lock of the
 * library held; after a claim or inside a detach, on some attached thread a little later. What it drops
 * itself waits until it has returned: a chain of any length needs one hook's stack. It may block,
 * detach and pass safepoints; it must not leave by longjmp or an exception, nor end its thread. It
 * may resurrect the object: increment it, put it somewhere, and return WEFT_REF_KEEP. Where it comes back from a wait
 * detached, because the runtime was closed, no further hook runs on that thread: what is dead waits until the thread has
 * unregistered, for one that is attached or for the runtime's end.
 *
 * Memory. Counting itself allocates nothing. A queued object, a deferred drop and the end of a sharding need an entry of three
 * words each; threads keep a reserve of WEFT_REF_RESERVE or more, refilled at safepoints, and more comes from the host's
 * allocator if that was not enough. When memory is out, the thread stops the world at its next safepoint and merges all
 * that is queued, which gives the entries back. A drop finds no entry only if, without memory, more than the reserve was
 * used between two safepoints, and it is deferred, or below zero while the owner is attached, or the last that a sharded
 * object's header counts: then the reference leaks, and is counted (weft_ref_statistics). A deferred drop that ends a sharding has
 * an entry: its own. Entries are reused and freed with the runtime.
 *
 * Thread exit, fork, the end. Objects stay biased to the id of a thread that is gone; the next thread
 * with the id owns them. In the child of a fork what was queued to threads that do not exist there is
 * merged, and deallocated by the next thread that attaches or reaches this module; objects that such a
 * thread was merging or deallocating at that moment are lost. What is dead when a runtime's last reference goes is
 * deallocated then: the hook gets a stand-in for the thread, never attached, that is good for counting and for nothing
 * else.
 *
 * Misuse that ends in the host's fatal hook: a drop of a dead object that is still readable, the verdict
 * WEFT_REF_FREE for an object that the hook has made references to, an exit inside a hook; in
 * checked builds also counting while detached, and an object of another runtime.
 *
 * Signals. Counting is not atomic against a handler on the same thread: handlers do not count.
 *
 * Not promised. On which thread a hook runs, an order between the deallocations that one drop
 * causes, that an object queued to an attached owner dies before the owner's next safepoint.
 *
 * Cost (x86-64): the owner a load, two comparisons, an addition and a store; others one or two loads and one
 * locked instruction; of an immortal object one load. Increment and drop are inlined wherever they stand, 90 and 140
 * bytes: what is called instead costs the owner's pair half its time. A host that counts in many cold places
 * wraps them in a function of its own.
 *
 * Source. Biased counts: Choi, Shull, Torrellas, "Biased Reference Counting" (2018), and CPython's
 * free-threaded build (PEP 703), whose queue for the owner's merge this is. The layout, references owned by
 * the queue, merging for a detached owner by claim, and the reserve are ours.
 */
#ifndef WEFT_REF_H
#define WEFT_REF_H

#include "weft_qsbr.h"
#include "weft_thread.h"

WEFT_BEGIN_DECLS

/* ---- the header ------------------------------------------------------------------------------ */

typedef struct weft_ref {
    weft_atomic_u32 local;
    weft_mutex mutex;
    weft_atomic_u8 flags;
    weft_atomic_u16 host;
    weft_atomic_uptr shared;
} weft_ref;

WEFT_STATIC_ASSERT(sizeof(weft_ref) == 8 + sizeof(void *), "16 bytes, 12 with 32-bit pointers");

/* The least an object may have: the header, and the node that retires it. */
#define WEFT_REF_SMALLEST (sizeof(weft_ref) + sizeof(weft_qsbr_node))

/* Of `local`. */
#define WEFT_REF_OWNER 0xFFFFU
#define WEFT_REF_IMMORTAL 0xFFFFU
#define WEFT_REF_HINT_SHARDED 0x10000U
#define WEFT_REF_LOCAL_SHIFT 16
#define WEFT_REF_LOCAL_ONE 0x10000U

/* Of `shared`. */
#define WEFT_REF_MAYBE_SHARED ((uintptr_t)1)
#define WEFT_REF_QUEUED ((uintptr_t)2)
#define WEFT_REF_MERGED ((uintptr_t)4)
#define WEFT_REF_SHARDED ((uintptr_t)8)
#define WEFT_REF_TAGS ((uintptr_t)15)
#define WEFT_REF_DYING (WEFT_REF_QUEUED | WEFT_REF_MERGED | WEFT_REF_SHARDED)
#define WEFT_REF_COUNT_SHIFT 4
#define WEFT_REF_HAS_WEAK 0x1U  /* of `flags`: see weft_weak.h */
#define WEFT_REF_SHARDABLE 0x2U /* contention may make it sharded */
#define WEFT_REF_LEAVING 0x4U   /* its cells are about to be collected */
#define WEFT_REF_TORN_DOWN 0x8U /* dead, and the hook has said FREE: only the memory waits */

/* One reference, in `shared`. */
#define WEFT_REF_ONE ((uintptr_t)1 << WEFT_REF_COUNT_SHIFT)

/* The middle of the negative counts, -2^58, -2^26 where pointers have 32 bits: the sign that an addition leaves
 * behind is all that an increment looks at. */
#define WEFT_REF_SATURATED ((uintptr_t)3 << (sizeof(uintptr_t) * 8 - 2))

/* An object in static memory that is never freed. */
#define WEFT_REF_IMMORTAL_INIT                                                                     \
    {WEFT_ATOMIC_INIT(WEFT_REF_IMMORTAL), WEFT_MUTEX_INIT, WEFT_ATOMIC_INIT(0),                    \
     WEFT_ATOMIC_INIT(0), WEFT_ATOMIC_INIT(WEFT_REF_SATURATED | WEFT_REF_MERGED)}

/* ---- hooks ----------------------------------------------------------------------------------- */

typedef enum weft_ref_verdict {
    WEFT_REF_FREE = 0, /* the body is torn down; the memory goes */
    WEFT_REF_KEEP = 1  /* the object lives on if the hook has made references to it; if they are
                          dropped already, or there are none, it is dead again, and the hook called */
} weft_ref_verdict;

/* dealloc  the object has no reference any more: drop what it refers to. See the top of the file.
 * free     gives the memory back, after dealloc and, if need be, a grace period. Any thread, also
 *          none of the runtime's; a plain deallocator: no call of this library but weft_host_free
 *          and weft_qsbr_free.
 * size     what free will give back, for the budgets of reclamation; NULL: WEFT_REF_SMALLEST. Called before dealloc
 *          or after it, also of objects that live on. A plain function: no call of this library, no lock, for
 *          containers ask under theirs.
 * Between the two the library writes over the first sizeof(weft_qsbr_node) bytes behind the header. */
typedef struct weft_ref_hooks {
    weft_ref_verdict (*dealloc)(weft_thread *self, weft_ref *object);
    void (*free)(weft_ref *object);
    size_t (*size)(const weft_ref *object);
} weft_ref_hooks;

/* Makes counting, and QSBR below it, part of every runtime made from now on. Before the first one;
 * the hooks are changed only while no runtime exists, and live as long as one does. */
void weft_ref_install(const weft_ref_hooks *hooks);

/* ---- the slot's part, here for inlining ------------------------------------------------------ */

typedef struct weft_ref_entry weft_ref_entry;

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): who writes a field chooses its line. */
typedef struct weft_ref_slot {
    uint16_t key;            /* the id in `local`; without an id a value that no `local` has */
    uint32_t spare;          /* entries in the reserve */
    weft_ref_entry *entries; /* the reserve */
    weft_ref *dead;          /* wait for the hook; linked through their headers */
    weft_atomic_ptr cells;   /* its part of sharded counts; NULL: none yet. Set by the thread */
    struct weft_ref_cell *recent; /* one of them, the last that was looked for; never NULL */
    const weft_ref *hot;          /* met other threads at its drops ... */
    uint32_t heat;                /* ... so often */
    bool wants_cells;             /* at the next safepoint */
    bool finalizing;              /* a hook is running: what dies meanwhile waits */
    bool stand_in;                /* no thread: see weft_ref.c, "the end of a runtime" */
    /* What others push: a list, taken as a whole. Not on the line above. */
    weft_atomic_ptr queue WEFT_ALIGNED(64);
} weft_ref_slot;

WEFT_STATIC_ASSERT(sizeof(weft_ref_slot) <= WEFT_THREAD_AREA_BYTES, "fits into its area");

static inline weft_ref_slot *weft_ref_slot_of(weft_thread *thread) {
    return (weft_ref_slot *)weft_thread_area_of(thread, WEFT_AREA_REF);
}

/* For containers: whether the thread has come back detached, from a wait or from host code, out of a runtime that was closed meanwhile.
 * Nobody's readers are waited for any more, so nothing of a container may be looked at, and nothing counted: what the operation
 * holds stays held. NULL, a callback at the runtime's end (weft_ref_decref_in_callback): no. */
static inline bool weft_ref_is_left_behind(weft_thread *self) {
    return WEFT_UNLIKELY(self != NULL && !weft_thread_is_attached(self) &&
                         !weft_ref_slot_of(self)->stand_in);
}

/* A `local` says that the object is the thread's. Both sides have 16 bits, so the comparison needs no mask: two instructions
 * fewer for a pair, which is 1.2x of a plain count's and not 1.6x (suite ref, an AMD EPYC that shares its cores). */
static inline bool weft_ref_is_own(weft_thread *self, uint32_t local) {
    return (uint16_t)local == weft_ref_slot_of(self)->key;
}

/* A thread's part of the count of a sharded object. */
typedef struct weft_ref_cell {
    weft_atomic_ptr object;
    weft_atomic_uptr count; /* never below 0, nor above WEFT_REF_CELL_MOST */
} weft_ref_cell;

/* Past that, references are counted in the header. What the cells of all threads hold has to stay below the bias under
 * which they are collected (weft_ref.c): with 32-bit pointers 65533 times 255 is just below 2^24. */
#if UINTPTR_MAX > UINT32_MAX
#define WEFT_REF_CELL_MOST UINTPTR_MAX
#else
#define WEFT_REF_CELL_MOST ((uintptr_t)255)
#endif

/* Adds 1, or -1, in the thread's own cell. False: the object is not sharded after all, its cell is another than the
 * last or missing, or has nothing to subtract from, or no room. Without a hash, and inline: it is the branches
 * that cost (one thread's pair on an AMD Zen: 6.3 ns, with the hash inline 7.2, with a call 8.6). */
WEFT_ALWAYS_INLINE bool weft_ref_count_in_cell(weft_thread *self, const weft_ref *object,
                                               intptr_t by) {
    weft_ref_cell *cell = weft_ref_slot_of(self)->recent;
    /* Acquire: pairs with the release of finish_leaving (weft_ref.c): an object that is sharded again has none of the
     * cells it had before. As far as cells go the tags then stay as they are until this thread's next quiescent state.
     * Relaxed, all below: the thread's own cell. */
    uintptr_t seen = weft_load_acquire_uptr(&object->shared);
    if (WEFT_UNLIKELY(weft_load_relaxed_ptr(&cell->object) != object ||
                      (seen & (WEFT_REF_SHARDED | WEFT_REF_QUEUED)) != WEFT_REF_SHARDED)) {
        return false;
    }
    uintptr_t count = weft_load_relaxed_uptr(&cell->count);
    if (WEFT_UNLIKELY(by < 0 && count == 0)) {
        return false;
    }
    if (WEFT_REF_CELL_MOST != UINTPTR_MAX && WEFT_UNLIKELY(by > 0 && count == WEFT_REF_CELL_MOST)) {
        return false;
    }
    weft_store_relaxed_uptr(&cell->count, count + (uintptr_t)by);
    return true;
}

/* Slow paths, not called by users. */
void weft_ref_decref_last(weft_thread *self, weft_ref *object);
void weft_ref_decref_shared(weft_thread *self, weft_ref *object);
void weft_ref_decref_contended(weft_thread *self, weft_ref *object);
void weft_ref_incref_sharded(weft_thread *self, weft_ref *object);
void weft_ref_incref_saturated(weft_ref *object);
bool weft_ref_try_incref_shared(weft_thread *self, weft_ref *object);
void weft_ref_check(weft_thread *self, const weft_ref *object);

/* Checked builds: the thread is attached, the object is of its runtime. */
static inline void weft_ref_checked(weft_thread *self, const weft_ref *object) {
#if WEFT_CHECKED
    weft_ref_check(self, object);
#else
    (void)self;
    (void)object;
#endif
}

/* ---- making objects -------------------------------------------------------------------------- */

/* A new object: one reference, owned by the calling thread (merged if that has no id). The memory
 * has WEFT_REF_SMALLEST bytes or more, aligned to a pointer; only the caller knows it. */
static inline void weft_ref_init(weft_thread *self, weft_ref *object) {
    static const weft_mutex UNLOCKED = WEFT_MUTEX_INIT;
    uint32_t key = weft_ref_slot_of(self)->key;
    bool owned = key <= WEFT_MAX_ID;
    weft_init_u32(&object->local, owned ? key | WEFT_REF_LOCAL_ONE : 0);
    object->mutex = UNLOCKED;
    weft_init_u8(&object->flags, 0);
    weft_init_u16(&object->host, 0);
    weft_init_uptr(&object->shared, owned ? WEFT_REF_ONE : WEFT_REF_ONE | WEFT_REF_MERGED);
}

/* The object is about to become reachable by threads that have no reference to it. By a thread that
 * has one. Cost: a load, once an RMW. Relaxed: the store that publishes the object is a release. */
static inline void weft_ref_maybe_share(weft_ref *object) {
    if ((weft_load_relaxed_uptr(&object->shared) & WEFT_REF_MAYBE_SHARED) == 0 &&
        weft_load_relaxed_u32(&object->local) != WEFT_REF_IMMORTAL) {
        weft_fetch_or_relaxed_uptr(&object->shared, WEFT_REF_MAYBE_SHARED);
    }
}

/* The object is never freed from now on, however often it is dropped. By a thread that has a
 * reference. Unless another thread owns it, nobody writes to its counts any more; else nobody does
 * once that has merged it. */
void weft_ref_immortalise(weft_thread *self, weft_ref *object);

/* Ends the bias: all threads count alike. For objects that are about to be used by many. By the
 * owner, with a reference, or by who has stopped its world; of a merged object it does nothing.
 * Fatal by another thread. */
void weft_ref_merge(weft_thread *self, weft_ref *object);

/* ---- counting -------------------------------------------------------------------------------- */

/* One reference more that is counted in `shared`. Relaxed: the object is known already. No load first: the
 * locked instruction would wait for it. And nothing but the sign afterwards, which comes for free with it. */
static inline void weft_ref_add_shared(weft_ref *object) {
    if (WEFT_UNLIKELY((intptr_t)(weft_fetch_add_relaxed_uptr(&object->shared, WEFT_REF_ONE) +
                                 WEFT_REF_ONE) < 0)) {
        weft_ref_incref_saturated(object);
    }
}

/* One reference more, by a thread that has one, or that borrows the object (weft_qsbr.h): then it
 * cannot be dead either. Relaxed: the object is known already. Never blocks. */
WEFT_ALWAYS_INLINE void weft_ref_incref(weft_thread *self, weft_ref *object) {
    weft_ref_checked(self, object);
    /* Relaxed: only this thread makes it this thread's, or who acts for it while it is detached. */
    uint32_t word = weft_load_relaxed_u32(&object->local);
    if (WEFT_LIKELY(weft_ref_is_own(self, word))) {
        uint32_t next = word + WEFT_REF_LOCAL_ONE;
        if (WEFT_LIKELY(next >= word)) { /* so written it is the carry: no comparison */
            weft_store_relaxed_u32(&object->local, next);
            return;
        }
        /* Full: this reference is counted in `shared`. */
    } else if (WEFT_UNLIKELY(word == WEFT_REF_HINT_SHARDED)) {
        if (WEFT_UNLIKELY(!weft_ref_count_in_cell(self, object, 1))) {
            weft_ref_incref_sharded(self, object);
        }
        return;
    } else if (WEFT_UNLIKELY(word == WEFT_REF_IMMORTAL)) {
        return;
    }
    weft_ref_add_shared(object);
}

/* One reference less; with the last one the object dies. Never blocks, never fails; but the dealloc hook
 * of what dies runs here. Release: what the thread did with the object is done before its hook runs. */
WEFT_ALWAYS_INLINE void weft_ref_decref(weft_thread *self, weft_ref *object) {
    weft_ref_checked(self, object);
    uint32_t word = weft_load_relaxed_u32(&object->local);
    if (WEFT_LIKELY(weft_ref_is_own(self, word))) {
        if (WEFT_LIKELY(word >= 2 * WEFT_REF_LOCAL_ONE)) {
            weft_store_relaxed_u32(&object->local, word - WEFT_REF_LOCAL_ONE);
        } else {
            weft_ref_decref_last(self, object);
        }
        return;
    }
    if (WEFT_UNLIKELY(word == WEFT_REF_HINT_SHARDED)) {
        if (WEFT_UNLIKELY(!weft_ref_count_in_cell(self, object, -1))) {
            weft_ref_decref_shared(self, object);
        }
        return;
    }
    if (WEFT_UNLIKELY(word == WEFT_REF_IMMORTAL)) {
        return;
    }
    /* The usual: something stays behind in the count. One signed comparison with a small constant finds all other
     * states: the locked instruction waits for whatever depends on this load. */
    uintptr_t seen = weft_load_relaxed_uptr(&object->shared);
    if (WEFT_UNLIKELY((intptr_t)seen < (intptr_t)(2 * WEFT_REF_ONE))) {
        weft_ref_decref_shared(self, object);
        return;
    }
    /* Release: pairs with the acquire of who finds the total at zero. */
    if (WEFT_UNLIKELY(!weft_cas_weak_release_uptr(&object->shared, &seen, seen - WEFT_REF_ONE))) {
        weft_ref_decref_contended(self, object);
    }
}

/* weft_ref_try_incref as far as it needs no call. False: nothing is known. */
WEFT_ALWAYS_INLINE bool weft_ref_try_incref_inline(weft_thread *self, weft_ref *object) {
    weft_ref_checked(self, object);
    /* Relaxed: as in weft_ref_incref. */
    uint32_t word = weft_load_relaxed_u32(&object->local);
    if (WEFT_LIKELY(weft_ref_is_own(self, word))) {
        uint32_t next = word + WEFT_REF_LOCAL_ONE;
        if (WEFT_LIKELY(next >= word)) {
            weft_store_relaxed_u32(&object->local, next); /* owned by this thread: it is alive */
            return true;
        }
    } else if (WEFT_UNLIKELY(word == WEFT_REF_IMMORTAL)) {
        return true;
    }
    /* The usual: something is counted, and the object neither dying nor sharded. */
    uintptr_t seen = weft_load_relaxed_uptr(&object->shared);
    return WEFT_LIKELY((intptr_t)seen >= (intptr_t)WEFT_REF_ONE &&
                       (seen & WEFT_REF_SHARDED) == 0) &&
           /* Acquire: see weft_ref_try_incref. */
           WEFT_LIKELY(weft_cas_weak_acquire_uptr(&object->shared, &seen, seen + WEFT_REF_ONE));
}

/* A reference to an object that may be dead: false then. By a thread that has found it where
 * another thread may just have removed it, within the grace period that its MAYBE_SHARED guarantees
 * (no quiescent state since). Acquire: pairs with the release of a drop: if the reference that
 * the place held was dropped before, a second look at the place finds it changed. */
static inline bool weft_ref_try_incref(weft_thread *self, weft_ref *object) {
    return weft_ref_try_incref_inline(self, object) || weft_ref_try_incref_shared(self, object);
}

/* Whether the reference that the caller owns is the only one.
 *     NOT_UNIQUE   no, or unknown: another thread owns the object
 *     UNIQUE_BODY  yes, but readers may try the object's header: its body may be changed in place;
 *                  not moved, freed or reused
 *     UNIQUE       yes, and nobody else can reach it
 * Acquire: what others did with the object is done. An object with a weak cell is never unique. */
typedef enum weft_ref_uniqueness {
    WEFT_REF_NOT_UNIQUE = 0,
    WEFT_REF_UNIQUE_BODY = 1,
    WEFT_REF_UNIQUE = 2
} weft_ref_uniqueness;
weft_ref_uniqueness weft_ref_unique(weft_thread *self, weft_ref *object);

/* ---- sharded counts -------------------------------------------------------------------------- */

/* Contended drops of one object by one thread, none of another between, that make it sharded. With two threads on an
 * AMD Zen a switch and the way back cost 0.1 us (8 to 240 ns), a contended pair 74 ns and a sharded one 5: it pays
 * after two or three. 16 cost 1.2 us once, and keep objects at which two threads merely meet out of a table of 64, and
 * from dying a grace period late. */
#define WEFT_REF_HEAT 16U

/* Contention may switch the object to sharded, from now on: who does not see the permission yet counts in the header. By a
 * thread with a reference. For all objects of a type: behind the weft_ref_init of its constructor. Cost: an RMW. */
static inline void weft_ref_allow_sharding(weft_ref *object) {
    weft_fetch_or_relaxed_u8(&object->flags, WEFT_REF_SHARDABLE);
}

/* Switches now. By a thread with a reference. False: out of memory, another thread owns the object, it is queued, or still
 * leaving. Then nothing has changed, but a queued object of the caller's is merged. Allocates the thread's table once. */
bool weft_ref_shard(weft_thread *self, weft_ref *object);

/* Ends it, after a grace period. By a thread with a reference. Of an object that is not sharded it does nothing. */
void weft_ref_unshard(weft_thread *self, weft_ref *object);

/* ---- drops after a grace period -------------------------------------------------------------- */

/* One reference less, after a grace period: for references that a container gives up whose readers
 * borrow what they find. `size` is what may be freed then, for the budgets of reclamation. Never blocks; runs
 * nothing now. A borrowed object becomes an owned one by weft_ref_incref, without a condition. */
void weft_ref_retire_decref(weft_thread *self, weft_ref *object, size_t size);

/* For callbacks of weft_qsbr_retire, whose thread is NULL when the runtime's last reference has gone:
 * weft_ref_decref that works then, too. */
void weft_ref_decref_in_callback(weft_thread *self, weft_ref *object);

/* What the host's size hook says: for the budgets of containers that retire references. */
size_t weft_ref_size(const weft_ref *object);

/* ---- for collectors, and statistics ---------------------------------------------------------- */

/* The exact number of references, in a world that the caller has stopped; without the ones that
 * were dropped and only wait, in a queue or for a grace period. Those in arrays and tables that containers have
 * retired count until their grace period. SIZE_MAX: never freed, or dead, and its dealloc hook waits or runs. Cost: a look
 * at all entries of the runtime. */
size_t weft_ref_total(weft_thread *self, const weft_ref *object);

/* For a collector, which looks at many objects: the number with the deferred drops counted as references, a few
 * loads; and all deferred drops, one call for each, so that it can subtract them. Stopped world. */
size_t weft_ref_counted(weft_thread *self, const weft_ref *object);
void weft_ref_each_deferred(weft_thread *self, void (*visit)(void *argument, weft_ref *object),
                            void *argument);

/* The least reserve of entries that attach and safepoint leave behind; a thread that has fewer asks itself for a safepoint.
 * While there is memory it bounds nothing: the next entry comes from the runtime's pool, or a new block. Without, it
 * is what may be dropped until the thread has reached that safepoint. How much that is the host's program says, and there
 * is no worst case: clearing a list of a million objects that others own is one operation. So the number is for
 * operations of a fixed size, and what is beyond it is counted as leaked; a host that has longer ones and wants to outlive
 * the end of memory passes safepoints inside them. 32 are the operands and locals of a call, and a common bundle
 * of the pool (64) fills it at once; 768 bytes for each thread. */
#define WEFT_REF_RESERVE 32U

/* A runtime's figures since it was made. By any thread; each is exact at some moment. */
typedef struct weft_ref_statistics {
    uint64_t queued; /* objects queued to their owners */
    uint64_t claims; /* slots of owners that were away, claimed to merge */
    uint64_t blocks; /* of entries, 4 KiB each, allocated */
    uint64_t relief; /* times the world was stopped to merge because memory was out */
    uint64_t leaked; /* references that were lost for want of an entry */
} weft_ref_statistics;
void weft_ref_get_statistics(weft_runtime *runtime, weft_ref_statistics *statistics);

WEFT_END_DECLS

#endif /* WEFT_REF_H */
