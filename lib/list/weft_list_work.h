/* weft_list_work.h: what the files of lib/list share: one change of a list, from the lock to the drops.
 *
 *     weft_list_work work;
 *     if (!weft_list_begin(self, list, &work)) { return WEFT_LIST_CLOSED; }
 *     ... look at work.array; build a new array, which may fail: return weft_list_end(&work, WEFT_LIST_NO_MEMORY) ...
 *     weft_list_will_change(&work, kind, index, count);
 *     ... change; weft_list_publish, weft_list_let_go, weft_list_drop ...
 *     return weft_list_end(&work, WEFT_LIST_OK);
 */
#ifndef WEFT_LIST_WORK_H
#define WEFT_LIST_WORK_H

#include "weft_critical.h"
#include "weft_list.h"

#include <string.h>

/* From so many items on a shared list is shifted in place for an insert or a pop in the middle, which keeps its readers waiting;
 * below, it is copied. An insert in the middle of 4096, 16384, 65536 items takes 0.7, 2.6, 10 us shifted and 1.1, 3.4, 15 us copied (the
 * minimum of many, AMD EPYC, with the pop that makes room): time alone never asks for shifting. But each copy leaves the old array to
 * a grace period: at this size two full batches of lib/qsbr, and 2000 of them are its hard cap. */
#ifndef WEFT_LIST_SHIFT_SIZE
#define WEFT_LIST_SHIFT_SIZE 16384U
#endif

typedef struct weft_list_work {
    weft_critical section;
    weft_thread *self;
    weft_list *list;
    weft_list_array *array; /* the list's */
    bool shared;
    bool prompt;
    bool frozen;           /* the array is not to be written */
    bool fenced;           /* nothing is to be put into it any more: direct readers may be there */
    bool moves;            /* its readers look twice */
    bool told;             /* nobody watches, or has been told */
    weft_ref *dropped;     /* after the lock: this reference */
    weft_list_array *gone; /* after the lock: the references that go with this array, and it */
    weft_list_change change;
} weft_list_work;

/* Locks, and decides: the one place where writers do. Afterwards the list is shared, or private to this thread. False: the
 * runtime is closed; there is nothing to end. */
bool weft_list_begin(weft_thread *self, weft_list *list, weft_list_work *work) WEFT_WARN_UNUSED;

/* The same for who has the lock by a brief section. */
void weft_list_widen(weft_thread *self, weft_list *list, weft_list_work *work);

/* Unlocks; then host code: the watcher, and what dies. Returns `result`. */
weft_list_result weft_list_end(weft_list_work *work, weft_list_result result);

/* The parts of these, for who locks and unlocks several lists. */
void weft_list_enter(weft_thread *self, weft_list *list, weft_list_work *work);
void weft_list_leave(weft_list_work *work);
void weft_list_settle(weft_list_work *work);

/* By who holds the lock. */
void weft_list_share(weft_list *list);

/* The same: before `array` changes, but for PRIVATE: nobody finds items by `direct` until it is set again. */
void weft_list_avert(weft_list *list);

/* Before the first store of a change, behind everything that can fail. `count` is not 0. */
void weft_list_will_change(weft_list_work *work, weft_list_change_kind kind, size_t index,
                           size_t count);

/* An array with so many slots, begin 0 and size 0. They are as they are until weft_list_set_size. NULL: no memory. */
weft_list_array *weft_list_make(size_t capacity) WEFT_WARN_UNUSED;

/* Throws an array away that was never published; without its items. */
void weft_list_unmake(weft_list_array *array);

/* What a slot of a new array gets: an item from outside, with a reference of the list's; an item that the old array
 * has, whose reference moves unless others have that array. */
void weft_list_fill(weft_list_work *work, weft_list_array *array, size_t slot, weft_ref *item);
void weft_list_fill_moved(weft_list_work *work, weft_list_array *array, size_t slot,
                          weft_ref *item);

/* The same for `count` items from position `first` on, which stay next to each other. */
void weft_list_move(weft_list_work *work, weft_list_array *array, size_t slot, size_t first,
                    size_t count);

/* The array becomes the list's; NULL: the one without slots. `moves`: its readers are to look twice. */
void weft_list_publish(weft_list_work *work, weft_list_array *array, bool moves);

/* The list had this array, and has another one. `count` of its slots, from position `first` of the old list on, every
 * `step`-th, still hold references; the others' have moved, or are not the list's. */
void weft_list_let_go(weft_list_work *work, weft_list_array *array, size_t first, size_t count,
                      size_t step);

/* One reference that the list had. */
void weft_list_drop(weft_list_work *work, weft_ref *item);

/* The list's new array: the old items without `count` of them from `first` on, and `added` in their place. */
weft_list_result weft_list_splice(weft_list_work *work, size_t first, size_t count,
                                  weft_ref *const *items, size_t added, bool hands_over);

/* Begin, size, and item at a position, for who holds the lock. */
static inline uint32_t weft_list_first(const weft_list_work *work) {
    /* Relaxed, here and below: written under the lock only. */
    return weft_list_begin_of(weft_load_relaxed_u64(&work->array->bounds));
}
static inline uint32_t weft_list_size(const weft_list_work *work) {
    return weft_list_size_of(weft_load_relaxed_u64(&work->array->bounds));
}
static inline weft_atomic_ptr *weft_list_slot(const weft_list_work *work, size_t position) {
    return &weft_list_slots(work->array)[weft_list_first(work) + position];
}
static inline weft_ref *weft_list_item(const weft_list_work *work, size_t position) {
    return (weft_ref *)weft_load_relaxed_ptr(weft_list_slot(work, position));
}
/* Whether readers of the array that replaces this one are to look twice, too: the list is a queue, the first go. */
static inline bool weft_list_queues(const weft_list_work *work) {
    return work->shared && weft_list_first(work) != 0;
}
static inline uint64_t weft_list_bounds(size_t begin, size_t size) {
    return (uint64_t)size << 32 | begin;
}

/* Of an array that is not published yet, whose first slots are filled: the others are NULL. */
static inline void weft_list_set_size(weft_list_array *array, size_t size) {
    if (array != NULL) {
        weft_init_u64(&array->bounds, weft_list_bounds(0, size));
        memset((void *)&weft_list_slots(array)[size], 0, /* as bytes: nobody knows it */
               (array->capacity - size) * sizeof(weft_atomic_ptr));
    }
}

/* An index as positions are counted; false: outside. */
static inline bool weft_list_position(intptr_t index, size_t size, size_t *position) {
    *position = index < 0 ? (size_t)index + size : (size_t)index;
    return *position < size;
}

/* As the ends of slices are counted: beyond the ends means the end. */
static inline size_t weft_list_clamp(intptr_t index, size_t size) {
    if (index < 0) {
        return (size_t)-(index + 1) >= size ? 0 : (size_t)index + size;
    }
    return (size_t)index < size ? (size_t)index : size;
}

void weft_list_check_items(weft_ref *const *items, size_t count);

#if WEFT_STATISTICS
extern struct weft_list_counters {
    weft_atomic_u64 slow_reads, locked_reads, shares, copies;
} weft_list_counters;
#define WEFT_LIST_COUNT(event) ((void)weft_fetch_add_relaxed_u64(&weft_list_counters.event, 1))
#else
#define WEFT_LIST_COUNT(event) ((void)0)
#endif

#endif /* WEFT_LIST_WORK_H */
