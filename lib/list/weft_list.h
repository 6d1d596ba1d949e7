/* weft_list.h: a list of counted objects whose reads take no lock.
 *
 * What it is for. The list of a language runtime: an object (weft_ref.h) that any thread may read and change at
 * any time, without more from its users than that they are attached (weft_thread.h) and pass quiescent states
 * (weft_qsbr.h). When not to use it: as a queue between threads that wait for each other (nothing here blocks
 * until there is an item), or for data that is no objects.
 *
 *     typedef struct vector { weft_list list; ... } vector;      // the host's object begins with the list
 *     weft_list_init(self, &made->list, WEFT_LIST_DEFERRED);     // one reference, the caller's
 *     if (weft_list_append(self, &made->list, item) == WEFT_LIST_NO_MEMORY) { ... }
 *     weft_ref *first = weft_list_get(self, &made->list, 0);     // a reference of the caller's own, or NULL
 *     weft_ref *last = weft_list_borrow(self, &made->list, -1);  // none: good until the next quiescent state
 *     ...
 *     weft_list_finalize(self, &made->list);                     // in the dealloc hook of the object
 *
 * Disciplines, chosen when the list is made (see weft_ref.h).
 *     PROMPT    A reference that the list gives up is dropped before the operation returns. A read increments what it
 *               found if it can, and looks again. Nothing can be borrowed.
 *     DEFERRED  Every reference that the list gives up is dropped after a grace period. A read may borrow; keeping
 *               what was borrowed is an increment without a condition. What pop returns is a
 *               reference of the caller's; the list's own goes after the grace period.
 *
 * Private and shared. A list begins private to the thread that owns its header: only that one reads and changes it. Any
 * other thread takes the list's lock first, flags all items (weft_ref_maybe_share), and makes the list shared, for
 * ever. Writers always lock, and look only then which it is; readers decide by the word they load anyway. A private
 * list is changed in place, and its arrays are freed at once. A snapshot makes a list shared, too.
 *
 * The word `array`: a pointer to the array, and tags
 *     PRIVATE PROMPT     state                               changed by
 *     1       0 or 1     private: read by the owner          whoever holds the lock and is not the owner, or takes a
 *                        alone                               snapshot: clears it (release), after flagging the items
 *     0       0 or 1     shared                              nobody: the tags stay
 *     MOVES              set: the array moves; else it is direct. By who holds the lock, with the pointer, and by the
 *                        first pop of the first item
 *     The pointer is changed under the lock (release). PROMPT never changes.
 *
 * The word `direct`: the slots of the array while `array` has no tags, so that the test of the index is all that a borrow needs;
 * else those of an array that has none. By who holds the lock: it has none before `array` changes, and the new slots after that
 * (release). So it never says what `array` does not say any more to who has seen that.
 *
 * An array: bounds, capacity, slots. `bounds` is begin (low half) and size (high half) in one word, so that they fit
 * together whatever the list has by now; written under the lock.
 *     bounds               slots                                         written in place by
 *     begin, size          [begin, begin + size) hold one reference      append: bounds, then the slot; extend as many.
 *                          each; the ones behind are NULL, the ones      pop of the last: the slot (NULL), then bounds. set:
 *                          before NULL or old                            the slot
 *     begin 0 to 1         as above                                      pop of the first: FENCED if shared, MOVES, bounds,
 *                                                                        the slot (NULL)
 *     SHIFTING             change one by one                             insert, pop in a long shared list whose array
 *                          (begin 2^32 - 1, size 0)                      moves; readers of items lock meanwhile
 *     anything, FENCED     direct readers may be here                    pop: the slot (NULL), bounds
 *     anything, FROZEN     never written any more: several lists         nobody
 *                          have this array (snapshots)
 *     Whatever else changes several slots of a shared list, or puts something into an array that is FENCED, builds a new array and
 *     publishes it by one store; the old one is retired and stays as it is. Within an array's life begin only rises. What takes the
 *     place of one whose begin has risen moves from the start and is not FENCED, except what reverse, sort, slices with a
 *     step, copies and clear leave (a queue is copied twice, then whenever begin has used up the room); so does what an insert or a pop in the middle of a long list leaves behind.
 *
 * `version` rises by one before each change, and by one after it, under the lock: odd while one is under way.
 *
 * How a direct read works. It loads the array, or `direct` (acquire), and the slot (acquire), and compares the index with the capacity,
 * which stays. What it finds there, and is not NULL, was the item of that index at a moment of the read. For take the later of the two
 * stores that it has seen, of the array's pointer and of the slot. (1) The pointer's: the array was the list's then, and
 * begin 0. Its slots behind the size are NULL whenever the bounds say so: append raises the bounds first, pop clears the slot first. So
 * the slot was inside, and held this. (2) The slot's, by set or append. Nobody puts anything into an array whose begin
 * has risen since it was direct (FENCED), so begin still was 0; and the bounds had the slot already. Replaced arrays stay as
 * they were. No second look is needed, and no bounds. NULL says little: outside, or about to change. Then, for an
 * index from the end, and if the array moves, a read looks twice.
 *
 * How a read looks twice. It loads the array (acquire), the bounds (acquire), the slot (acquire), and the bounds again: an index
 * from the front is answered if begin is the same. An index from the end needs the same bounds and the same
 * version: with the same size alone the list may have grown, been set, and shrunk between. A slot inside that is NULL is being
 * filled or cleared: the read starts again, and takes the lock in the end.
 *
 * Promises to concurrent observers. Every operation on a list takes effect at one moment between its call and its
 * return (is linearizable), as far as happens-before goes: the moments of one list have one order, which all that synchronizes
 * agrees with. Those of two objects need not: locks are no fences, and two threads that each append to one list and then ask for
 * the length of the other's may both see none. `append; if (sleeping) wake` against `sleeping = 1; if (empty) sleep`
 * needs a fence in each (weft_fence_seq_cst) between the two steps. Exceptions:
 *     extend_list     reads the other list at one moment, and appends all of it at a later one
 *     slice, copy     read at one moment; what they make is filled at a later one
 *     sort            compares what the list was at one moment, without a lock. The order is published at
 *                     one moment, if the list has not changed between; else CHANGED, and the list is as
 *                     others left it. No thread ever sees it empty, or partly sorted
 *     index           asks item after item, each at a moment of its own
 *     iteration       weak: as index. Strict: every item is of one and the same list, or CHANGED
 *     borrow          NULL means "not there, or cannot be borrowed now": weft_list_get tells
 *     watchers        are told after the change, maybe in another order than the changes; the version tells
 *
 * Host code (comparison, watchers, deallocation) runs while no lock is held. Lists may be changed by it.
 *
 * Memory. Reads allocate nothing. An operation that finds no memory returns NO_MEMORY, and the list is unchanged. clear needs
 * none; pop needs none at the ends, unless the array is frozen; set needs some if it is frozen or FENCED. A removed item of a
 * DEFERRED list needs an entry of weft_ref.h's reserve. A list has at most WEFT_LIST_MAX items.
 *
 * Collectors. weft_list_traverse in a stopped world. References that wait in retired arrays for a
 * grace period look like references from outside until then.
 *
 * fork, thread exit. The lock is a critical section's (weft_critical.h), held for a moment: a stopped world, so the child of a
 * fork, finds every list at rest. A list of a thread that has gone is private to the next one with its id.
 * Closed runtimes. An operation whose thread comes back detached, from waiting for the lock or from host code, because its
 * runtime was closed meanwhile changes nothing from then on, and returns CLOSED; get NULL, len 0. One that has made its change already
 * returns how that ended. What it held, and what it was to drop, stays held. To call an operation while
 * detached is misuse, as with any section (weft_critical.h).
 *
 * Misuse that ends in the host's fatal hook: NULL for an item, a borrow from a PROMPT list, a snapshot into a list of the
 * other discipline, a slice with step 0.
 *
 * Not promised. Readers that find a long list SHIFTING, ask for an item that is just being appended or popped, or meet 64
 * changes in a row, take the lock and may wait and detach. set and append after the first was popped take time in proportion to
 * the list until it is a queue. Fairness among writers beyond that of weft_mutex.h.
 *
 * Cost: borrow a test more than an array with a count (the item is not NULL); get a test of the tags and an increment more. With an array that moves, a call and another
 * look. append the lock's pair and six stores; set, pop a section's record more. borrow, get and append are inlined wherever they
 * stand: 70, 360 and 630 bytes (x86-64). A host that has many such places wraps them in a function of its own.
 *
 * Source. Publishing by copy is RCU's (McKenney); optimistic reading of lists by array and count is CPython's
 * free-threaded build (PEP 703). Slots that tell by themselves whether they are inside, fences, bounds in the array and
 * their second look, versions for the end, frozen arrays and references that die with their array are ours.
 */
#ifndef WEFT_LIST_H
#define WEFT_LIST_H

#include "weft_critical.h"
#include "weft_ref.h"

WEFT_BEGIN_DECLS

/* ---- what a list is --------------------------------------------------------------------------- */

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what readers load stands together. */
typedef struct weft_list {
    weft_ref head; /* its mutex is the list's lock */
    weft_atomic_ptr direct;
    weft_atomic_ptr array;
    weft_atomic_u64 version;
    uint8_t watched; /* under the lock */
} weft_list;

WEFT_STATIC_ASSERT(sizeof(weft_list) >= WEFT_REF_SMALLEST, "has room for the node that retires it");

/* Followed by its slots; see "An array" above. */
typedef struct weft_list_array {
    weft_atomic_u64 bounds;
    weft_atomic_u32 holders; /* lists that have it; and FROZEN, FENCED */
    /* Once no list has it: the slots whose references go with it. */
    uint32_t doomed_first, doomed_count, doomed_step;
    weft_qsbr_node node;
    /* Stays. Next to the slots: `direct` points there, and needs it, and not the bounds. */
    size_t capacity;
    /* Then `capacity` slots. */
} weft_list_array;

WEFT_STATIC_ASSERT(sizeof(weft_list_array) % sizeof(uint64_t) == 0, "slots follow");

/* Of `array`, `bounds` and `holders`; and the most items. */
#define WEFT_LIST_PRIVATE ((uintptr_t)1)
#define WEFT_LIST_PROMPT_TAG ((uintptr_t)2)
#define WEFT_LIST_MOVES ((uintptr_t)4)
#define WEFT_LIST_TAGS ((uintptr_t)7)
#define WEFT_LIST_SHIFTING ((uint64_t)UINT32_MAX)
#define WEFT_LIST_FROZEN 0x80000000U /* of `holders` */
#define WEFT_LIST_FENCED 0x40000000U
#define WEFT_LIST_SEALED (WEFT_LIST_FROZEN | WEFT_LIST_FENCED)
#define WEFT_LIST_MAX ((size_t)(UINT32_MAX - 1) / 2)

/* See "Disciplines" above. */
typedef enum weft_list_discipline {
    WEFT_LIST_PROMPT = 0,
    WEFT_LIST_DEFERRED = 1
} weft_list_discipline;

/* How an operation ended. Zero is success. */
typedef enum weft_list_result {
    WEFT_LIST_OK = 0,        /* done */
    WEFT_LIST_NO_MEMORY = 1, /* nothing has changed */
    WEFT_LIST_RANGE = 2,     /* no such index, no more items; nothing has changed */
    WEFT_LIST_CHANGED = 3,   /* the list was changed by others meanwhile */
    WEFT_LIST_LENGTH =
        4, /* a slice with a step takes as many items as it has; nothing has changed */
    WEFT_LIST_STOPPED = 5, /* a hook asked for it; nothing has changed */
    WEFT_LIST_CLOSED =
        6 /* the runtime was closed and this thread is detached; nothing has changed */
} weft_list_result;

/* Slow paths, not called by users. */
weft_ref *weft_list_get_slow(weft_thread *self, weft_list *list, intptr_t index);
weft_ref *weft_list_get_again(weft_thread *self, weft_list *list, intptr_t index, weft_ref *found);
weft_ref *weft_list_borrow_slow(weft_thread *self, weft_list *list, intptr_t index);
size_t weft_list_len_slow(weft_thread *self, weft_list *list);
weft_list_result weft_list_append_slow(weft_thread *self, weft_list *list, weft_ref *item);
weft_list_result weft_list_append_locked(weft_thread *self, weft_list *list, weft_ref *item);

/* Makes a list: empty, private to the calling thread, one reference, the caller's. Initialises the header, too. The
 * memory is the host's, only the caller knows it. Allocates nothing. */
void weft_list_init(weft_thread *self, weft_list *list, weft_list_discipline discipline);

/* For the dealloc hook of the object, and only there: gives up what the list holds. PROMPT: drops it here; DEFERRED: after a
 * grace period. The list is empty then and may be used again if the object lives on. */
void weft_list_finalize(weft_thread *self, weft_list *list);

/* ---- reading ----------------------------------------------------------------------------------- */

/* The parts of an array and of its bounds. */
static inline weft_atomic_ptr *weft_list_slots(weft_list_array *array) {
    return (weft_atomic_ptr *)(array + 1);
}
static inline uint32_t weft_list_begin_of(uint64_t bounds) {
    return (uint32_t)bounds;
}
static inline uint32_t weft_list_size_of(uint64_t bounds) {
    return (uint32_t)(bounds >> 32);
}

/* A private list is its owner's. Threads without an id own none. */
static inline bool weft_list_owned(weft_thread *self, const weft_list *list) {
    /* Relaxed: only this thread makes it this thread's, or who acts for it while it is detached. */
    return weft_ref_is_own(self, weft_load_relaxed_u32(&list->head.local));
}

/* The one place where readers decide, by the tags of a word that was loaded with acquire: whether this thread may read the
 * array without the lock. Not if the list is private to another thread. */
static inline bool weft_list_readable(weft_thread *self, const weft_list *list, uintptr_t tags) {
    return (tags & WEFT_LIST_PRIVATE) == 0 || weft_list_owned(self, list);
}

/* The array; NULL: the list is private to another thread. */
static inline weft_list_array *weft_list_array_of(weft_thread *self, const weft_list *list) {
    /* Acquire: pairs with the release that published the array, or shared the list. */
    unsigned char *word = (unsigned char *)weft_load_acquire_ptr(&list->array);
    uintptr_t tags = (uintptr_t)word & WEFT_LIST_TAGS;
    return weft_list_readable(self, list, tags) ? (weft_list_array *)(word - tags) : NULL;
}

/* What a direct reader finds at an index from the front; NULL: outside, negative, or about to change. */
WEFT_ALWAYS_INLINE weft_atomic_ptr *weft_list_place(weft_list_array *array, size_t index) {
    return WEFT_LIKELY(index < array->capacity) ? &weft_list_slots(array)[index] : NULL;
}
WEFT_ALWAYS_INLINE weft_ref *weft_list_look(weft_list_array *array, size_t index) {
    weft_atomic_ptr *slot = weft_list_place(array, index);
    /* Acquire: pairs with the release of who filled the slot: the item is as it was put there, and whatever came before it,
     * the bounds too, is known. */
    return slot == NULL ? NULL : (weft_ref *)weft_load_acquire_ptr(slot);
}

/* The same in a list that is private to this thread; NULL: it is not, or moves, or is PROMPT. */
WEFT_ALWAYS_INLINE weft_ref *weft_list_peek_own(weft_thread *self, const weft_list *list,
                                                size_t index) {
    /* Relaxed: a private list's word was stored by this thread, or by one that had its number before, and the lock of numbers
     * orders it. */
    unsigned char *word = (unsigned char *)weft_load_relaxed_ptr(&list->array);
    if (((uintptr_t)word & WEFT_LIST_TAGS) != WEFT_LIST_PRIVATE || !weft_list_owned(self, list)) {
        return NULL;
    }
    return weft_list_look((weft_list_array *)(word - WEFT_LIST_PRIVATE), index);
}

/* The item at an index from the front, not counted, if it can be had without more ado; else NULL, also for PROMPT lists. For
 * a list that is shared the test of the index is all: `direct` has no slots if it must not be read. */
WEFT_ALWAYS_INLINE weft_ref *weft_list_peek(weft_thread *self, const weft_list *list,
                                            size_t index) {
    /* Acquire: pairs with the release of `aim`: the items are flagged, and the array is the list's. */
    weft_atomic_ptr *slots = (weft_atomic_ptr *)weft_load_acquire_ptr(&list->direct);
    if (WEFT_LIKELY(index < ((const weft_list_array *)slots - 1)->capacity)) {
        /* Acquire: as in weft_list_look. */
        return (weft_ref *)weft_load_acquire_ptr(&slots[index]);
    }
    return weft_list_peek_own(self, list, index);
}

/* The item at an index of a PROMPT list that this thread may read directly, counted. What is found may be dead; and if it is
 * not, somebody may have taken it out and found it unique before the increment: then it is not where it was any more. */
WEFT_ALWAYS_INLINE weft_ref *weft_list_get_prompt(weft_thread *self, weft_list *list,
                                                  intptr_t index, unsigned char *word) {
    weft_list_array *array = (weft_list_array *)(word - ((uintptr_t)word & WEFT_LIST_TAGS));
    weft_atomic_ptr *slot = weft_list_place(array, (size_t)index);
    /* Acquire: as in weft_list_look. */
    weft_ref *item = slot == NULL ? NULL : (weft_ref *)weft_load_acquire_ptr(slot);
    if (WEFT_UNLIKELY(item == NULL || !weft_ref_try_incref_inline(self, item))) {
        return weft_list_get_slow(self, list, index);
    }
    /* The acquire of the increment pairs with the release of the drop, or of the look for uniqueness, that came after the
     * item was taken out: it left its slot, or the array the list, before. So relaxed, the array; but who has taken it out
     * and changed it may have put it back meanwhile: acquire, the slot, pairs with the release of that. */
    if (WEFT_UNLIKELY(weft_load_acquire_ptr(slot) != (void *)item ||
                      weft_load_relaxed_ptr(&list->array) != (void *)word)) {
        return weft_list_get_again(self, list, index, item);
    }
    return item;
}

/* The number of items. Never waits but for a list that is private to another thread, or SHIFTING: may detach then. */
static inline size_t weft_list_len(weft_thread *self, weft_list *list) {
    weft_park_may_detach();
    weft_list_array *array = weft_list_array_of(self, list);
    if (WEFT_LIKELY(array != NULL)) {
        /* Acquire: who sees the size finds the items. */
        uint64_t bounds = weft_load_acquire_u64(&array->bounds);
        if (WEFT_LIKELY(bounds != WEFT_LIST_SHIFTING)) {
            return weft_list_size_of(bounds);
        }
    }
    return weft_list_len_slow(self, list);
}

/* The item at an index (negative: from the end), without a count: good until the thread's next quiescent state or call that
 * may detach (weft_qsbr_borrow_stamp checks that). weft_ref_incref keeps it. NULL: there is none, or it is just being appended or
 * popped, or the list is SHIFTING, or private to another thread and locked; weft_list_get tells which. DEFERRED lists only. Never
 * blocks, never detaches, counts nothing. */
WEFT_ALWAYS_INLINE weft_ref *weft_list_borrow(weft_thread *self, weft_list *list, intptr_t index) {
    weft_ref *item = weft_list_peek(self, list, (size_t)index);
    return WEFT_LIKELY(item != NULL) ? item : weft_list_borrow_slow(self, list, index);
}

/* The item at an index (negative: from the end), a reference of the caller's; NULL: there is none. May detach if the
 * list is private to another thread, or SHIFTING, or changed 64 times meanwhile, or the item is just being appended or popped. Of a
 * PROMPT list it may drop the last reference to what was taken out meanwhile: that one's dealloc hook runs here. */
WEFT_ALWAYS_INLINE weft_ref *weft_list_get(weft_thread *self, weft_list *list, intptr_t index) {
    weft_park_may_detach();
    /* Acquire: as weft_list_array_of. */
    unsigned char *word = (unsigned char *)weft_load_acquire_ptr(&list->array);
    uintptr_t tags = (uintptr_t)word & WEFT_LIST_TAGS;
    if (WEFT_UNLIKELY(tags != 0)) {
        if (WEFT_UNLIKELY((tags & WEFT_LIST_MOVES) != 0 || !weft_list_readable(self, list, tags))) {
            return weft_list_get_slow(self, list, index);
        }
        if (WEFT_LIKELY(tags != WEFT_LIST_PRIVATE)) {
            return weft_list_get_prompt(self, list, index, word);
        }
        word -= WEFT_LIST_PRIVATE;
    }
    weft_ref *item = weft_list_look((weft_list_array *)word, (size_t)index);
    if (WEFT_UNLIKELY(item == NULL)) {
        return weft_list_get_slow(self, list, index);
    }
    weft_ref_incref(self, item);
    return item;
}

/* A number that has risen whenever the list has changed; odd while a change is under way. Acquire. */
static inline uint64_t weft_list_version(const weft_list *list) {
    /* Acquire: pairs with the release of a change. */
    return weft_load_acquire_u64(&list->version);
}

/* The first index from `start` on, and before `stop`, whose item equals `wanted`; RANGE: none. `equal` gets references that are held
 * for it, without any lock; NULL compares pointers. It returns 1, 0, or less than 0: STOPPED. Indices as in a slice. */
typedef int (*weft_list_equal)(weft_thread *self, void *argument, weft_ref *item, weft_ref *wanted);
weft_list_result weft_list_index(weft_thread *self, weft_list *list, weft_ref *wanted,
                                 intptr_t start, intptr_t stop, weft_list_equal equal,
                                 void *argument, size_t *found);

/* Iteration. The caller keeps a reference to the list. An iterator that has ended stays so. A strict one that begins while a
 * change is under way waits for its end, and may detach. */
typedef struct weft_list_iterator {
    weft_list *list;  /* NULL: over */
    size_t position;  /* of the next item */
    uint64_t version; /* strict: the list's at the beginning */
    bool strict;      /* all items of one and the same list */
} weft_list_iterator;
void weft_list_iterate(weft_thread *self, weft_list *list, bool strict,
                       weft_list_iterator *iterator);

/* The next item, a reference of the caller's. RANGE: no more. Strict: CHANGED if the list has changed in any way
 * since the beginning; weak: whatever is at the next index now. As weft_list_get. */
weft_list_result weft_list_next(weft_thread *self, weft_list_iterator *iterator, weft_ref **item);

/* ---- changing ---------------------------------------------------------------------------------- */

/* All of these may wait for the list's lock and may detach then: they end the caller's borrows. The list takes references
 * of its own to the items it is given; the caller has one to each, and to the list. */

/* What most appends are: by who has the lock, in place, and nobody watches. False: nothing has changed. */
WEFT_ALWAYS_INLINE bool weft_list_append_in_place(weft_thread *self, weft_list *list,
                                                  weft_ref *item) {
    /* Relaxed, all loads: under the lock. */
    unsigned char *word = (unsigned char *)weft_load_relaxed_ptr(&list->array);
    uintptr_t tags = (uintptr_t)word & WEFT_LIST_TAGS;
    weft_list_array *array = (weft_list_array *)(word - tags);
    uint64_t bounds = weft_load_relaxed_u64(&array->bounds);
    uint64_t end = (uint64_t)weft_list_begin_of(bounds) + weft_list_size_of(bounds);
    if (WEFT_UNLIKELY(end >= array->capacity || list->watched != 0 ||
                      (weft_load_relaxed_u32(&array->holders) & WEFT_LIST_SEALED) != 0 ||
                      !weft_list_readable(self, list, tags))) {
        return false;
    }
    uint64_t version = weft_load_relaxed_u64(&list->version);
    /* Release, both: as in weft_list_will_change and weft_list_leave. */
    weft_store_release_u64(&list->version, version + 1);
    if ((tags & WEFT_LIST_PRIVATE) == 0) {
        weft_ref_maybe_share(item);
    }
    weft_ref_incref(self, item);
    /* Release, both: as in set_bounds and weft_list_fill. */
    weft_store_release_u64(&array->bounds, bounds + ((uint64_t)1 << 32));
    weft_store_release_ptr(&weft_list_slots(array)[end], item);
    weft_store_release_u64(&list->version, version + 2);
    return true;
}

/* OK, NO_MEMORY. Amortised constant. */
static inline weft_list_result weft_list_append(weft_thread *self, weft_list *list,
                                                weft_ref *item) {
    if (WEFT_UNLIKELY(item == NULL || !weft_critical_brief_begin(self, &list->head.mutex))) {
        return weft_list_append_slow(self, list, item);
    }
    if (WEFT_UNLIKELY(!weft_list_append_in_place(self, list, item))) {
        return weft_list_append_locked(self, list, item);
    }
    weft_critical_brief_end(&list->head.mutex);
    return WEFT_LIST_OK;
}
weft_list_result weft_list_extend(weft_thread *self, weft_list *list, weft_ref *const *items,
                                  size_t count);
weft_list_result weft_list_extend_list(weft_thread *self, weft_list *list, weft_list *other);

/* OK, RANGE; NO_MEMORY if the array is frozen, or a shared list's first was popped from it. */
weft_list_result weft_list_set(weft_thread *self, weft_list *list, intptr_t index, weft_ref *item);

/* Before the item at `index`; beyond the ends: at the end, at the beginning. OK, NO_MEMORY. */
weft_list_result weft_list_insert(weft_thread *self, weft_list *list, intptr_t index,
                                  weft_ref *item);

/* Takes an item out; the reference is the caller's. OK, RANGE; NO_MEMORY, not from the ends unless
 * the array is frozen. The first and the last in constant time. */
weft_list_result weft_list_pop(weft_thread *self, weft_list *list, intptr_t index, weft_ref **item);
weft_list_result weft_list_delete(weft_thread *self, weft_list *list, intptr_t index);

/* OK. */
weft_list_result weft_list_clear(weft_thread *self, weft_list *list);

/* Room for so many items in all. OK, NO_MEMORY. */
weft_list_result weft_list_reserve(weft_thread *self, weft_list *list, size_t count);

/* OK, NO_MEMORY. */
weft_list_result weft_list_reverse(weft_thread *self, weft_list *list);

/* Stable. `less` gets references that are held for it, without any lock, and returns 1, 0, or less than 0: STOPPED. O(n log n)
 * calls. OK, NO_MEMORY, CHANGED: somebody, maybe `less`, has changed the list, STOPPED. */
typedef int (*weft_list_less)(weft_thread *self, void *argument, weft_ref *left, weft_ref *right);
weft_list_result weft_list_sort(weft_thread *self, weft_list *list, weft_list_less less,
                                void *argument);

/* Shares the list now: other threads that find it later need not lock it for that. Flags every item. OK. */
weft_list_result weft_list_set_shared(weft_thread *self, weft_list *list);

/* ---- slices, copies ----------------------------------------------------------------------------- */

/* start, stop, step: indices, negative ones from the end; beyond the ends means the end. For what is left out:
 * step > 0: WEFT_LIST_FIRST and WEFT_LIST_LAST; step < 0: WEFT_LIST_LAST and WEFT_LIST_FIRST. */
#define WEFT_LIST_FIRST INTPTR_MIN
#define WEFT_LIST_LAST INTPTR_MAX
typedef struct weft_list_slice {
    intptr_t start, stop, step;
} weft_list_slice;

/* Whatever `into` had is replaced by the slice, by a copy of the list, by a snapshot. OK, NO_MEMORY. A snapshot costs constant
 * time (but the first, of a private list, flags every item); both lists have the same array then, and the first
 * change of either copies it. */
weft_list_result weft_list_get_slice(weft_thread *self, weft_list *list, weft_list_slice slice,
                                     weft_list *into);
weft_list_result weft_list_copy(weft_thread *self, weft_list *list, weft_list *into);
weft_list_result weft_list_snapshot(weft_thread *self, weft_list *list, weft_list *into);

/* The slice is replaced by the items: any number if the step is 1, else as many: LENGTH. OK, NO_MEMORY. */
weft_list_result weft_list_set_slice(weft_thread *self, weft_list *list, weft_list_slice slice,
                                     weft_ref *const *items, size_t count);
weft_list_result weft_list_delete_slice(weft_thread *self, weft_list *list, weft_list_slice slice);

/* ---- watchers, collectors, statistics ------------------------------------------------------------ */

/* What a watcher is told. */
typedef enum weft_list_change_kind {
    WEFT_LIST_SET = 1, /* one item is another now */
    WEFT_LIST_ADDED,   /* `count` items from `index` on are new */
    WEFT_LIST_REMOVED, /* `count` items from `index` on are gone */
    WEFT_LIST_REPLACED /* anything else: sort, reverse, slices, what copies fill */
} weft_list_change_kind;

/* A change, for a watcher. */
typedef struct weft_list_change {
    weft_list_change_kind kind; /* what happened */
    size_t index;               /* of the first item that is another, or in another place */
    size_t count;     /* items; REPLACED: of the old and the new ones, whichever are more */
    uint64_t version; /* that the change made */
} weft_list_change;

/* The host's watcher, for the process; NULL: none. Called by the thread that has changed a watched list, after the change,
 * without a lock. Set it while no list is used. */
typedef void (*weft_list_watcher)(weft_thread *self, weft_list *list,
                                  const weft_list_change *change);
void weft_list_set_watcher(weft_list_watcher watcher);

/* Begins or ends the watching of a list. OK. */
weft_list_result weft_list_watch(weft_thread *self, weft_list *list, bool watched);

/* Calls `visit` for each item until it returns less than 0 (then STOPPED). In a stopped world, or where nobody else can
 * reach the list. */
typedef int (*weft_list_visit)(void *argument, weft_ref *item);
weft_list_result weft_list_traverse(weft_list *list, weft_list_visit visit, void *argument);

/* Whether the references that traverse visits are this list's alone. If not, a collector that subtracts what it visits has
 * to leave them out: the snapshots of a list have one reference to each item together. As traverse. */
bool weft_list_is_alone(const weft_list *list);

/* Events since the start, if the library is compiled with -DWEFT_STATISTICS=1; else all zero. */
typedef struct weft_list_statistics {
    uint64_t slow_reads;   /* get, borrow or len that were not answered inline */
    uint64_t locked_reads; /* of these: with the lock */
    uint64_t shares;       /* lists that became shared */
    uint64_t copies;       /* arrays built in place of another */
} weft_list_statistics;
void weft_list_get_statistics(weft_list_statistics *statistics);

WEFT_END_DECLS

#endif /* WEFT_LIST_H */
