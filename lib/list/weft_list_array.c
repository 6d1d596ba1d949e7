/* Arrays of lists, and what every change goes through. Read in this order: arrays, their end, sharing, a change
 * from the lock to the drops, splicing. */
#include "weft_host.h"
#include "weft_list_work.h"

#if WEFT_STATISTICS
struct weft_list_counters weft_list_counters;
#endif

/* What empty lists have: never written, never freed. */
static weft_list_array nothing;

static weft_list_watcher watcher;

void weft_list_set_watcher(weft_list_watcher wanted) {
    watcher = wanted;
}

/* ---- arrays ------------------------------------------------------------------------------------ */

/* Arrays of so many slots begin in the middle of a line of the cache, so that `bounds`, which each append writes, and `capacity`,
 * which each read needs, are in two (of 64 bytes). Readers beside a list that grows get 99 % of their batches of 64 items in 1.5 us; without this in
 * 1.9 us, in some runs 3.7 us, and beside one that is only locked and unlocked in 1.4 us (Zen 5). A short array is as long as
 * it has to be. */
#define APART 64U
#define LINE 64U

WEFT_STATIC_ASSERT(LINE / 2 + offsetof(weft_list_array, capacity) >= LINE,
                   "the one behind the other's line");
WEFT_STATIC_ASSERT(offsetof(weft_list_array, bounds) == 0, "in the line before");

static size_t lead_of(size_t capacity) {
    return capacity < APART ? 0 : LINE / 2;
}

static size_t bytes_of(size_t capacity) {
    return lead_of(capacity) + sizeof(weft_list_array) + capacity * sizeof(weft_atomic_ptr);
}

static size_t alignment_of(size_t capacity) {
    return capacity < APART ? sizeof(uint64_t) : LINE;
}

/* Where its memory begins. */
static void *block_of(weft_list_array *array) {
    return (unsigned char *)array - lead_of(array->capacity);
}

weft_list_array *weft_list_make(size_t capacity) {
    /* A begin of 2^32 - 1 means SHIFTING. */
    if (capacity >= UINT32_MAX || capacity > SIZE_MAX / 2 / sizeof(weft_atomic_ptr)) {
        return NULL;
    }
    unsigned char *block = weft_host_allocate(bytes_of(capacity), alignment_of(capacity));
    weft_list_array *array = NULL;
    if (block != NULL) {
        array = (void *)(block + lead_of(capacity));
        weft_init_u64(&array->bounds, 0);
        array->capacity = capacity;
        weft_init_u32(&array->holders, 1);
        array->doomed_count = 0;
    }
    return array;
}

void weft_list_unmake(weft_list_array *array) {
    weft_host_free(block_of(array), bytes_of(array->capacity), alignment_of(array->capacity));
}

static weft_ref *doomed_item(weft_list_array *array, uint32_t number) {
    size_t slot = array->doomed_first + (size_t)number * array->doomed_step;
    /* Relaxed: the lock, or the grace period, has ordered it. */
    return weft_load_relaxed_ptr(&weft_list_slots(array)[slot]);
}

/* ---- the end of an array ----------------------------------------------------------------------- */

/* What the grace period holds up, for the budgets. */
static size_t retired_bytes(weft_list_array *array) {
    size_t bytes = bytes_of(array->capacity);
    for (uint32_t i = 0; i < array->doomed_count; i++) {
        bytes += weft_ref_size(doomed_item(array, i));
    }
    return bytes;
}

/* Also without a thread. Where host code comes back to a closed runtime the rest stays held. */
static void drop_doomed(weft_thread *self, weft_list_array *array) {
    uint32_t count = array->doomed_count;
    for (uint32_t i = 0; i < count && !weft_ref_is_left_behind(self); i++) {
        weft_ref_decref_in_callback(self, doomed_item(array, i)); /* host code */
    }
    array->doomed_count = 0;
}

static void free_array(weft_thread *self, weft_qsbr_node *node) {
    weft_list_array *array = (void *)((unsigned char *)node - offsetof(weft_list_array, node));
    drop_doomed(self, array);
    weft_qsbr_free(block_of(array), bytes_of(array->capacity), alignment_of(array->capacity));
}

/* No list has it. Readers may, if it was shared; what it still refers to goes after the grace period. Of a closed runtime,
 * never. */
static void bury(weft_thread *self, weft_list_array *array, bool shared) {
    if (weft_ref_slot_of(self)->stand_in) {
        drop_doomed(self, array); /* the end of a runtime: nobody reads */
        shared = false;
    }
    if (shared || array->doomed_count != 0) {
        if (weft_ref_is_left_behind(self)) {
            return;
        }
        weft_qsbr_retire(self, &array->node, free_array, retired_bytes(array));
    } else {
        weft_list_unmake(array);
    }
}

static bool is(const weft_list_array *array, uint32_t state) {
    /* Relaxed: set under the lock of the list that asks, or before it got the array. */
    return (weft_load_relaxed_u32(&array->holders) & state) != 0;
}

/* Gives up the list's part of an array, and says which slots' references go with it: those, or all if it was frozen and this
 * list the last of several. False: other lists have it still. */
static bool give_up(weft_list_array *array, size_t first, size_t count, size_t step) {
    uint64_t bounds = weft_load_relaxed_u64(&array->bounds);
    if (is(array, WEFT_LIST_FROZEN)) {
        /* Release: what this list's readers did is before the last one's retiring. Acquire: if that is this list. */
        if ((weft_fetch_sub_acq_rel_u32(&array->holders, 1) & ~WEFT_LIST_SEALED) != 1) {
            return false;
        }
        first = 0;
        count = weft_list_size_of(bounds);
        step = 1;
    }
    array->doomed_first = weft_list_begin_of(bounds) + (uint32_t)first;
    array->doomed_count = (uint32_t)count;
    array->doomed_step = (uint32_t)step;
    return true;
}

void weft_list_let_go(weft_list_work *work, weft_list_array *array, size_t first, size_t count,
                      size_t step) {
    if (array == &nothing || !give_up(array, first, count, step)) {
        return;
    }
    if (work->prompt && array->doomed_count != 0) {
        work->gone = array; /* host code: after the lock */
    } else {
        bury(work->self, array, work->shared);
    }
}

/* ---- sharing ----------------------------------------------------------------------------------- */

static unsigned char *word_of(const weft_list *list) {
    /* Relaxed: under the lock, or nobody else knows the list. */
    return weft_load_relaxed_ptr(&list->array);
}

static weft_list_array *array_in(unsigned char *word) {
    return (void *)(word - ((uintptr_t)word & WEFT_LIST_TAGS));
}

/* `direct` as the tags of `array` say. */
static void aim(weft_list *list) {
    unsigned char *word = word_of(list);
    if (((uintptr_t)word & WEFT_LIST_TAGS) == 0) {
        /* Release: pairs with the acquire of weft_list_peek: what is in the array, and `array` itself. */
        weft_store_release_ptr(&list->direct, weft_list_slots(array_in(word)));
    }
}

void weft_list_avert(weft_list *list) {
    /* Relaxed: there is nothing behind it. The store to `array` that follows is a release: who sees that sees this. */
    weft_store_relaxed_ptr(&list->direct, weft_list_slots(&nothing));
}

void weft_list_share(weft_list *list) {
    unsigned char *word = word_of(list);
    weft_list_array *array = array_in(word);
    if (((uintptr_t)word & WEFT_LIST_PRIVATE) == 0) {
        return;
    }
    uint64_t bounds = weft_load_relaxed_u64(&array->bounds);
    for (size_t i = 0; i < weft_list_size_of(bounds); i++) {
        weft_ref_maybe_share(
            weft_load_relaxed_ptr(&weft_list_slots(array)[weft_list_begin_of(bounds) + i]));
    }
    WEFT_LIST_COUNT(shares);
    /* Release: pairs with the acquire of readers, who find the items flagged, and as they are. */
    weft_store_release_ptr(&list->array, word - WEFT_LIST_PRIVATE);
    aim(list);
}

/* ---- a change ---------------------------------------------------------------------------------- */

void weft_list_enter(weft_thread *self, weft_list *list, weft_list_work *work) {
    work->self = self;
    work->list = list;
    work->dropped = NULL;
    work->gone = NULL;
    work->change.count = 0;
    if (((uintptr_t)word_of(list) & WEFT_LIST_PRIVATE) != 0 && !weft_list_owned(self, list)) {
        weft_list_share(list);
    }
    unsigned char *word = word_of(list);
    work->array = array_in(word);
    work->shared = ((uintptr_t)word & WEFT_LIST_PRIVATE) == 0;
    work->prompt = ((uintptr_t)word & WEFT_LIST_PROMPT_TAG) != 0;
    work->frozen = is(work->array, WEFT_LIST_FROZEN);
    work->fenced = is(work->array, WEFT_LIST_FENCED);
    work->moves = ((uintptr_t)word & WEFT_LIST_MOVES) != 0;
    work->told = list->watched == 0;
}

bool weft_list_begin(weft_thread *self, weft_list *list, weft_list_work *work) {
    weft_critical_begin(self, &work->section, &list->head.mutex);
    if (WEFT_UNLIKELY(work->section.locked == 0)) {
        weft_critical_end(self, &work->section);
        return false;
    }
    weft_list_enter(self, list, work);
    return true;
}

void weft_list_widen(weft_thread *self, weft_list *list, weft_list_work *work) {
    weft_critical_widen(self, &work->section, &list->head.mutex);
    weft_list_enter(self, list, work);
}

/* Host code, each. */
WEFT_NOINLINE static void settle(weft_list_work *work) {
    if (!work->told && watcher != NULL && !weft_ref_is_left_behind(work->self)) {
        watcher(work->self, work->list, &work->change);
    }
    if (work->dropped != NULL && !weft_ref_is_left_behind(work->self)) {
        weft_ref_decref(work->self, work->dropped);
    }
    if (work->gone != NULL) {
        drop_doomed(work->self, work->gone);
        bury(work->self, work->gone, work->shared);
    }
}

void weft_list_leave(weft_list_work *work) {
    if (work->change.count != 0) {
        /* Release: pairs with the acquire of readers: who sees this version sees the change. */
        weft_store_release_u64(&work->list->version, work->change.version);
    }
}

void weft_list_settle(weft_list_work *work) {
    work->told = work->told || work->change.count == 0;
    if (WEFT_UNLIKELY(!work->told || work->dropped != NULL || work->gone != NULL)) {
        settle(work);
    }
}

weft_list_result weft_list_end(weft_list_work *work, weft_list_result result) {
    weft_list_leave(work);
    weft_critical_end(work->self, &work->section);
    weft_list_settle(work);
    return result;
}

void weft_list_will_change(weft_list_work *work, weft_list_change_kind kind, size_t index,
                           size_t count) {
    uint64_t version = weft_load_relaxed_u64(&work->list->version) + 1;
    work->change = (weft_list_change){kind, index, count, version + 1};
    /* Release: pairs with the acquire of readers: who sees this version sees what was before the change. And the
     * stores of the change are releases: who sees one of them sees this. */
    weft_store_release_u64(&work->list->version, version);
}

void weft_list_fill(weft_list_work *work, weft_list_array *array, size_t slot, weft_ref *item) {
    if (work->shared) {
        weft_ref_maybe_share(item);
    }
    weft_ref_incref(work->self, item);
    /* Release: pairs with the acquire of readers: the item is as it is, and they see bounds that count it, or, if they look
     * twice, that it has become another index'. */
    weft_store_release_ptr(&weft_list_slots(array)[slot], item);
}

void weft_list_fill_moved(weft_list_work *work, weft_list_array *array, size_t slot,
                          weft_ref *item) {
    if (work->frozen) {
        weft_ref_incref(work->self, item);
    }
    weft_init_ptr(&weft_list_slots(array)[slot], item);
}

void weft_list_move(weft_list_work *work, weft_list_array *array, size_t slot, size_t first,
                    size_t count) {
    for (size_t i = 0; work->frozen && i < count; i++) {
        weft_ref_incref(work->self, weft_list_item(work, first + i));
    }
    /* As bytes: nobody writes to the one, and nobody knows the other. */
    if (count != 0) {
        memcpy((void *)&weft_list_slots(array)[slot], (const void *)weft_list_slot(work, first),
               count * sizeof(weft_atomic_ptr));
    }
}

void weft_list_publish(weft_list_work *work, weft_list_array *array, bool moves) {
    unsigned char *word = (void *)(array == NULL ? &nothing : array);
    word += (uintptr_t)word_of(work->list) & WEFT_LIST_TAGS & ~WEFT_LIST_MOVES;
    word += array != NULL && moves ? WEFT_LIST_MOVES : 0;
    WEFT_LIST_COUNT(copies);
    weft_list_avert(work->list);
    /* Release: pairs with the acquire of readers: what is in the array. */
    weft_store_release_ptr(&work->list->array, word);
    aim(work->list);
}

void weft_list_drop(weft_list_work *work, weft_ref *item) {
    if (work->prompt) {
        work->dropped = item; /* host code: after the lock */
    } else {
        weft_ref_retire_decref(work->self, item, weft_ref_size(item));
    }
}

/* ---- splicing ---------------------------------------------------------------------------------- */

/* Lists that grow get half as much again: an item is copied twice in its life, on the average, and at most a third of an array is
 * empty. */
static size_t capacity_for(size_t size, size_t before) {
    size_t room = size > before ? size + size / 2 + 4 : size;
    return room < WEFT_LIST_MAX ? room : WEFT_LIST_MAX;
}

weft_list_result weft_list_splice(weft_list_work *work, size_t first, size_t count,
                                  weft_ref *const *items, size_t added, bool hands_over) {
    weft_list_array *old = work->array;
    size_t before = weft_list_size(work);
    size_t size = before - count + added;
    weft_list_array *array = NULL;
    if (size != 0) {
        bool fits = added <= WEFT_LIST_MAX && size <= WEFT_LIST_MAX;
        array = fits ? weft_list_make(capacity_for(size, before)) : NULL;
        if (array == NULL) {
            return WEFT_LIST_NO_MEMORY;
        }
    }
    bool shifted = count != added && first + count != before; /* again and again: then in place */
    bool moves =
        weft_list_queues(work) || (work->shared && shifted && size >= WEFT_LIST_SHIFT_SIZE);
    weft_list_change_kind kind = count == 0 ? WEFT_LIST_ADDED : WEFT_LIST_REMOVED;
    if (count != 0 && added != 0) {
        kind = count == 1 && added == 1 ? WEFT_LIST_SET : WEFT_LIST_REPLACED;
    }
    weft_list_will_change(work, kind, first, count > added ? count : added);
    weft_list_move(work, array, 0, 0, first);
    for (size_t i = 0; i < added; i++) {
        weft_list_fill(work, array, first + i, items[i]);
    }
    weft_list_move(work, array, first + added, first + count, before - first - count);
    weft_list_set_size(array, size);
    weft_list_publish(work, array, moves);
    weft_list_let_go(work, old, first, hands_over ? 0 : count, 1);
    return WEFT_LIST_OK;
}

/* ---- a list's beginning and end, collectors ---------------------------------------------------- */

void weft_list_init(weft_thread *self, weft_list *list, weft_list_discipline discipline) {
    unsigned char *word = (void *)&nothing;
    word += WEFT_LIST_PRIVATE + (discipline == WEFT_LIST_PROMPT ? WEFT_LIST_PROMPT_TAG : 0);
    weft_ref_init(self, &list->head);
    weft_init_ptr(&list->direct, weft_list_slots(&nothing));
    weft_init_ptr(&list->array, word);
    weft_init_u64(&list->version, 0);
    list->watched = 0;
}

void weft_list_finalize(weft_thread *self, weft_list *list) {
    unsigned char *word = word_of(list);
    uintptr_t tags = (uintptr_t)word & WEFT_LIST_TAGS;
    weft_list_array *array = array_in(word);
    if (array == &nothing) {
        return;
    }
    /* Relaxed, all: the list is dead, nobody reads it. */
    uint64_t bounds = weft_load_relaxed_u64(&array->bounds);
    weft_list_avert(list);
    weft_store_relaxed_ptr(&list->array, (unsigned char *)&nothing + (tags & ~WEFT_LIST_MOVES));
    weft_store_relaxed_u64(&list->version, weft_load_relaxed_u64(&list->version) + 2);
    if (!give_up(array, 0, weft_list_size_of(bounds), 1)) {
        return;
    }
    if ((tags & WEFT_LIST_PROMPT_TAG) != 0) {
        drop_doomed(self, array);
    }
    bury(self, array, (tags & WEFT_LIST_PRIVATE) == 0);
}

weft_list_result weft_list_traverse(weft_list *list, weft_list_visit visit, void *argument) {
    /* Relaxed, all: the stop has ordered it. */
    weft_list_array *array = array_in(word_of(list));
    uint64_t bounds = weft_load_relaxed_u64(&array->bounds);
    for (size_t i = 0; i < weft_list_size_of(bounds); i++) {
        weft_atomic_ptr *slot = &weft_list_slots(array)[weft_list_begin_of(bounds) + i];
        if (visit(argument, weft_load_relaxed_ptr(slot)) < 0) {
            return WEFT_LIST_STOPPED;
        }
    }
    return WEFT_LIST_OK;
}

bool weft_list_is_alone(const weft_list *list) {
    const weft_list_array *array = array_in(word_of(list));
    /* Relaxed: the stop has ordered it. */
    return array == &nothing || (weft_load_relaxed_u32(&array->holders) & ~WEFT_LIST_SEALED) == 1;
}

void weft_list_check_items(weft_ref *const *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (items[i] == NULL) {
            weft_fatal("NULL for an item", "list", (const void *)items, NULL);
        }
    }
}

void weft_list_get_statistics(weft_list_statistics *statistics) {
#if WEFT_STATISTICS
    statistics->slow_reads = weft_load_relaxed_u64(&weft_list_counters.slow_reads);
    statistics->locked_reads = weft_load_relaxed_u64(&weft_list_counters.locked_reads);
    statistics->shares = weft_load_relaxed_u64(&weft_list_counters.shares);
    statistics->copies = weft_load_relaxed_u64(&weft_list_counters.copies);
#else
    *statistics = (weft_list_statistics){0};
#endif
}
