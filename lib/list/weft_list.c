/* Lists: reading, and changes of one item. Read in this order: one look, reads, iteration, changes at the ends and in place,
 * changes in the middle. */
#include "weft_list.h"

#include "weft_host.h"
#include "weft_list_work.h"

/* A reader that has met so many changes takes the lock, so that it comes to an end. Each took a writer a lock's pair: a guess
 * that only has to be more than bad luck. */
#define ROUNDS 64

/* Arrays of so few slots do not shrink. */
#define WEFT_LIST_SMALL 16U

/* ---- one look ------------------------------------------------------------------------------------ */

/* What a reader has seen. */
typedef struct look {
    weft_list_array *array;
    uint64_t bounds;
    uint64_t version;
    size_t position;
    intptr_t index;
    weft_ref *item;
} look;

typedef enum verdict {
    FOUND,
    OUTSIDE,
    AGAIN, /* something has changed meanwhile */
    BUSY   /* private to another thread, or SHIFTING */
} verdict;

/* Whether the item was at the index at some moment since the look began. */
static bool holds(const weft_list *list, const look *seen) {
    /* Acquire: pairs with the release of changes: the version is not older. */
    uint64_t bounds = weft_load_acquire_u64(&seen->array->bounds);
    if (seen->index < 0) {
        return bounds == seen->bounds && weft_load_relaxed_u64(&list->version) == seen->version;
    }
    return weft_list_begin_of(bounds) == weft_list_begin_of(seen->bounds);
}

static verdict look_at(weft_thread *self, const weft_list *list, intptr_t index, look *seen) {
    seen->index = index;
    /* Before everything else; only an index from the end needs it. */
    seen->version = index < 0 ? weft_list_version(list) : 0;
    seen->array = weft_list_array_of(self, list);
    if (seen->array == NULL) {
        return BUSY;
    }
    /* Acquire: pairs with the release of set_bounds: the slots are not older. */
    seen->bounds = weft_load_acquire_u64(&seen->array->bounds);
    if (seen->bounds == WEFT_LIST_SHIFTING) {
        return BUSY;
    }
    if (!weft_list_position(index, weft_list_size_of(seen->bounds), &seen->position)) {
        return OUTSIDE;
    }
    size_t slot = weft_list_begin_of(seen->bounds) + seen->position;
    /* Acquire: as in weft_list_look. */
    seen->item = weft_load_acquire_ptr(&weft_list_slots(seen->array)[slot]);
    return seen->item != NULL && holds(list, seen) ? FOUND : AGAIN;
}

/* A reference to what was seen. DEFERRED: whatever is found has one until this thread's next quiescent state. PROMPT: it may be
 * dead; and if it is not, somebody may have taken it out and found it unique before the increment: then it
 * is not where it was any more. */
static bool keep(weft_thread *self, weft_list *list, const look *seen) {
    /* Relaxed: the tag never changes. */
    uintptr_t word = (uintptr_t)weft_load_relaxed_ptr(&list->array);
    if ((word & WEFT_LIST_PROMPT_TAG) == 0) {
        weft_ref_incref(self, seen->item);
        return true;
    }
    if (!weft_ref_try_incref(self, seen->item)) {
        return false;
    }
    size_t slot = weft_list_begin_of(seen->bounds) + seen->position;
    /* The acquire of the increment pairs with the release of the drop, or of the look for uniqueness, that came after the
     * item was taken out: it left its slot, or the array the list, before. Whether it is still at the index does not
     * matter any more. Acquire, the slot: as in weft_list_get_prompt. */
    if (weft_list_array_of(self, list) == seen->array &&
        weft_load_acquire_ptr(&weft_list_slots(seen->array)[slot]) == seen->item) {
        return true;
    }
    weft_ref_decref(self, seen->item);
    return false;
}

/* ---- reads --------------------------------------------------------------------------------------- */

static weft_ref *get_locked(weft_thread *self, weft_list *list, intptr_t index) {
    weft_list_work work;
    weft_ref *item = NULL;
    size_t position;
    if (!weft_list_begin(self, list, &work)) {
        return NULL;
    }
    WEFT_LIST_COUNT(locked_reads);
    if (weft_list_position(index, weft_list_size(&work), &position)) {
        item = weft_list_item(&work, position);
        weft_ref_incref(self, item);
    }
    (void)weft_list_end(&work, WEFT_LIST_OK);
    return weft_ref_is_left_behind(self) ? NULL : item; /* left behind: it leaves what it holds */
}

weft_ref *weft_list_get_slow(weft_thread *self, weft_list *list, intptr_t index) {
    look seen;
    WEFT_LIST_COUNT(slow_reads);
    /* What was found and is not there any more may have died here: host code. */
    for (unsigned round = 0; round < ROUNDS && !weft_ref_is_left_behind(self); round++) {
        verdict found = look_at(self, list, index, &seen);
        if (found == OUTSIDE) {
            return NULL;
        }
        if (found == BUSY) {
            break;
        }
        if (found == FOUND && keep(self, list, &seen)) {
            return seen.item;
        }
    }
    return weft_ref_is_left_behind(self) ? NULL : get_locked(self, list, index);
}

/* What was found is not there any more, and has been counted. */
weft_ref *weft_list_get_again(weft_thread *self, weft_list *list, intptr_t index, weft_ref *found) {
    weft_ref_decref(self, found);
    return weft_list_get_slow(self, list, index);
}

/* A list that is private to another thread becomes shared if its lock is free. A borrow must not wait. */
static bool try_share(weft_list *list) {
    if (!weft_mutex_try_lock(&list->head.mutex)) {
        return false;
    }
    weft_list_share(list);
    weft_mutex_unlock(&list->head.mutex);
    return true;
}

weft_ref *weft_list_borrow_slow(weft_thread *self, weft_list *list, intptr_t index) {
    look seen;
    WEFT_LIST_COUNT(slow_reads);
    /* Relaxed: the tag never changes. */
    if (((uintptr_t)weft_load_relaxed_ptr(&list->array) & WEFT_LIST_PROMPT_TAG) != 0) {
        weft_fatal("borrow from a list whose references are dropped at once", "list", list, NULL);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        verdict found = look_at(self, list, index, &seen);
        if (found == FOUND) {
            return seen.item;
        }
        if (found == OUTSIDE || (found == BUSY && (seen.array != NULL || !try_share(list)))) {
            return NULL;
        }
    }
    return NULL;
}

size_t weft_list_len_slow(weft_thread *self, weft_list *list) {
    weft_list_work work;
    WEFT_LIST_COUNT(slow_reads);
    WEFT_LIST_COUNT(locked_reads);
    if (!weft_list_begin(self, list, &work)) {
        return 0;
    }
    size_t size = weft_list_size(&work);
    (void)weft_list_end(&work, WEFT_LIST_OK);
    return size;
}

/* ---- iteration, search ----------------------------------------------------------------------------- */

/* A version that no change is under way to: in the middle of one only the lock tells. */
static uint64_t settled_version(weft_thread *self, weft_list *list) {
    weft_list_work work;
    uint64_t version = weft_list_version(list);
    if (version % 2 != 0 && weft_list_begin(self, list, &work)) {
        version = weft_list_version(list);
        (void)weft_list_end(&work, WEFT_LIST_OK);
    }
    return version;
}

void weft_list_iterate(weft_thread *self, weft_list *list, bool strict,
                       weft_list_iterator *iterator) {
    weft_park_may_detach();
    uint64_t version = strict ? settled_version(self, list) : 0;
    *iterator = (weft_list_iterator){list, 0, version, strict};
}

weft_list_result weft_list_next(weft_thread *self, weft_list_iterator *iterator, weft_ref **item) {
    weft_list *list = iterator->list;
    weft_park_may_detach();
    if (list == NULL) {
        return WEFT_LIST_RANGE;
    }
    weft_ref *found = weft_list_get(self, list, (intptr_t)iterator->position);
    /* If what was found, or the missing of it, comes from a later change, its acquire makes this see the later version. */
    bool changed = iterator->strict && weft_list_version(list) != iterator->version;
    if (found == NULL || changed) {
        iterator->list = NULL;
    }
    if (weft_ref_is_left_behind(self)) {
        iterator->list = NULL;
        return WEFT_LIST_CLOSED; /* and what was found stays held */
    }
    if (changed && found != NULL) {
        weft_ref_decref(self, found);
    }
    if (found == NULL || changed) {
        return changed ? WEFT_LIST_CHANGED : WEFT_LIST_RANGE;
    }
    iterator->position++;
    *item = found;
    return WEFT_LIST_OK;
}

/* As the host's answers. Afterwards, look whether the runtime is closed. */
static int compare(weft_thread *self, weft_ref *item, weft_ref *wanted, weft_list_equal equal,
                   void *argument) {
    int same = item == wanted ? 1 : 0;
    if (same == 0 && equal != NULL) {
        same = equal(self, argument, item, wanted);
    }
    if (!weft_ref_is_left_behind(self)) {
        weft_ref_decref(self, item); /* host code, too */
    }
    return same;
}

weft_list_result weft_list_index(weft_thread *self, weft_list *list, weft_ref *wanted,
                                 intptr_t start, intptr_t stop, weft_list_equal equal,
                                 void *argument, size_t *found) {
    size_t size = weft_list_len(self, list);
    size_t end = weft_list_clamp(stop, size);
    size_t i = weft_list_clamp(start, size);
    for (; !weft_ref_is_left_behind(self) && (i < end || stop == WEFT_LIST_LAST); i++) {
        weft_ref *item = weft_list_get(self, list, (intptr_t)i);
        if (item == NULL) {
            break;
        }
        int same = compare(self, item, wanted, equal, argument);
        if (same != 0 && !weft_ref_is_left_behind(self)) {
            *found = i;
            return same > 0 ? WEFT_LIST_OK : WEFT_LIST_STOPPED;
        }
    }
    return weft_ref_is_left_behind(self) ? WEFT_LIST_CLOSED : WEFT_LIST_RANGE;
}

/* ---- changes at the end, and in place -------------------------------------------------------------- */

static void set_bounds(weft_list_work *work, size_t begin, size_t size) {
    /* Release: pairs with the acquire of readers: the slots inside are not older, nor is the version. */
    weft_store_release_u64(&work->array->bounds, weft_list_bounds(begin, size));
}

static bool has_room(const weft_list_work *work, size_t more) {
    size_t used = (size_t)weft_list_first(work) + weft_list_size(work);
    return !work->frozen && !work->fenced && more <= work->array->capacity - used;
}

static weft_list_result add(weft_list_work *work, weft_ref *const *items, size_t count) {
    size_t size = weft_list_size(work);
    if (!has_room(work, count)) {
        return weft_list_splice(work, size, 0, items, count, false);
    }
    weft_list_will_change(work, WEFT_LIST_ADDED, size, count);
    size_t end = weft_list_first(work) + size;
    set_bounds(work, weft_list_first(work), size + count);
    for (size_t i = 0; i < count; i++) {
        weft_list_fill(work, work->array, end + i, items[i]);
    }
    return WEFT_LIST_OK;
}

weft_list_result weft_list_append_slow(weft_thread *self, weft_list *list, weft_ref *item) {
    weft_list_work work;
    weft_list_check_items(&item, 1);
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    return weft_list_end(&work, add(&work, &item, 1));
}

weft_list_result weft_list_append_locked(weft_thread *self, weft_list *list, weft_ref *item) {
    weft_list_work work;
    weft_list_widen(self, list, &work);
    return weft_list_end(&work, add(&work, &item, 1));
}

weft_list_result weft_list_extend(weft_thread *self, weft_list *list, weft_ref *const *items,
                                  size_t count) {
    weft_list_work work;
    weft_park_may_detach(); /* also if there is nothing to do, here and below */
    weft_list_check_items(items, count);
    if (count == 0) {
        return WEFT_LIST_OK;
    }
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    return weft_list_end(&work, add(&work, items, count));
}

weft_list_result weft_list_set(weft_thread *self, weft_list *list, intptr_t index, weft_ref *item) {
    weft_list_work work;
    size_t position;
    weft_list_check_items(&item, 1);
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    if (!weft_list_position(index, weft_list_size(&work), &position)) {
        return weft_list_end(&work, WEFT_LIST_RANGE);
    }
    if (work.frozen || work.fenced) {
        return weft_list_end(&work, weft_list_splice(&work, position, 1, &item, 1, false));
    }
    weft_ref *old = weft_list_item(&work, position);
    weft_list_will_change(&work, WEFT_LIST_SET, position, 1);
    weft_list_fill(&work, work.array, weft_list_first(&work) + position, item);
    weft_list_drop(&work, old);
    return weft_list_end(&work, WEFT_LIST_OK);
}

/* ---- changes in the middle ------------------------------------------------------------------------- */

/* In a shared list only where readers look twice: splicing makes it so when it has copied a long one. */
static bool shifts(const weft_list_work *work) {
    bool looked_at = work->moves && weft_list_size(work) >= WEFT_LIST_SHIFT_SIZE;
    return !work->frozen && !work->fenced && (!work->shared || looked_at);
}

/* Each slot is written once: what a reader finds there is what the index had before the change, or has after it. */
static void shift_up(weft_list_work *work, size_t position, weft_ref *inserted) {
    size_t begin = weft_list_first(work);
    size_t size = weft_list_size(work);
    weft_atomic_ptr *slots = weft_list_slot(work, 0);
    if (work->shared) {
        /* Relaxed: the stores to the slots are releases. */
        weft_store_relaxed_u64(&work->array->bounds, WEFT_LIST_SHIFTING);
    }
    for (size_t i = size; i > position; i--) {
        /* Release: pairs with the acquire of a reader that had the bounds before: it sees SHIFTING, or what comes
         * after it. */
        weft_store_release_ptr(&slots[i], weft_load_relaxed_ptr(&slots[i - 1]));
    }
    weft_list_fill(work, work->array, begin + position, inserted);
    set_bounds(work, begin, size + 1);
}

static void shift_down(weft_list_work *work, size_t position) {
    size_t begin = weft_list_first(work);
    size_t size = weft_list_size(work);
    weft_atomic_ptr *slots = weft_list_slot(work, 0);
    if (work->shared) {
        /* Relaxed, release: as in shift_up. */
        weft_store_relaxed_u64(&work->array->bounds, WEFT_LIST_SHIFTING);
    }
    for (size_t i = position; i + 1 < size; i++) {
        weft_store_release_ptr(&slots[i], weft_load_relaxed_ptr(&slots[i + 1]));
    }
    weft_store_relaxed_ptr(&slots[size - 1], NULL); /* relaxed: it has no contents */
    set_bounds(work, begin, size - 1);
}

weft_list_result weft_list_insert(weft_thread *self, weft_list *list, intptr_t index,
                                  weft_ref *item) {
    weft_list_work work;
    weft_list_check_items(&item, 1);
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    size_t size = weft_list_size(&work);
    size_t position = weft_list_clamp(index, size);
    if (position == size) {
        return weft_list_end(&work, add(&work, &item, 1));
    }
    if (!shifts(&work) || !has_room(&work, 1)) {
        return weft_list_end(&work, weft_list_splice(&work, position, 0, &item, 1, false));
    }
    weft_list_will_change(&work, WEFT_LIST_ADDED, position, 1);
    shift_up(&work, position, item);
    return weft_list_end(&work, WEFT_LIST_OK);
}

/* A list that has become much smaller than its array gets another one, if there is memory. */
static void trim(weft_list_work *work) {
    weft_list_array *old = work->array;
    size_t size = weft_list_size(work);
    if (old->capacity <= WEFT_LIST_SMALL || size > old->capacity / 4) {
        return;
    }
    weft_list_array *array = size == 0 ? NULL : weft_list_make(size * 2);
    if (size != 0 && array == NULL) {
        return;
    }
    weft_list_move(work, array, 0, 0, size);
    weft_list_set_size(array, size);
    weft_list_publish(work, array, weft_list_queues(work));
    weft_list_let_go(work, old, 0, 0, 1);
}

/* From now on readers look twice; and if somebody may be reading directly nothing is put into this array any more: what
 * is an index' slot to him will be another's. */
static void begin_to_move(weft_list_work *work) {
    unsigned char *word = weft_load_relaxed_ptr(&work->list->array);
    if (work->shared) {
        /* Relaxed: under the lock. */
        weft_fetch_or_relaxed_u32(&work->array->holders, WEFT_LIST_FENCED);
        work->fenced = true;
    }
    weft_list_avert(work->list);
    /* Release: pairs with the acquire of readers, as the release of the word before. */
    weft_store_release_ptr(&work->list->array, word + WEFT_LIST_MOVES);
    work->moves = true;
}

/* The last: the slot, then the bounds, for what a direct reader finds is in the list. The first: the bounds; the slot may
 * stay for those who look meanwhile. */
static void take_end(weft_list_work *work, size_t position) {
    size_t begin = weft_list_first(work);
    size_t size = weft_list_size(work);
    weft_atomic_ptr *slot = weft_list_slot(work, position);
    if (position + 1 == size) {
        weft_store_relaxed_ptr(slot, NULL); /* relaxed: it has no contents; the bounds order it */
        set_bounds(work, begin, size - 1);
        return;
    }
    if (!work->moves) {
        begin_to_move(work);
    }
    set_bounds(work, begin + 1, size - 1);
    weft_store_relaxed_ptr(slot, NULL);
}

/* The caller gets a reference: the list's, if that may go at once; else a new one. */
static weft_list_result take_out(weft_list_work *work, size_t position, weft_ref *item) {
    bool at_end = position == 0 || position + 1 == weft_list_size(work);
    bool hands_over = work->prompt && !work->frozen;
    if (work->frozen || !(at_end || shifts(work))) {
        if (!hands_over) {
            /* Before: once a frozen array is let go, the other lists that have it may drop the item at any moment. */
            weft_ref_incref(work->self, item);
        }
        weft_list_result result = weft_list_splice(work, position, 1, NULL, 0, hands_over);
        if (result != WEFT_LIST_OK && !hands_over) {
            weft_ref_decref(work->self, item); /* not the last: the array has one still */
        }
        return result;
    }
    weft_list_will_change(work, WEFT_LIST_REMOVED, position, 1);
    if (at_end) {
        take_end(work, position);
    } else {
        shift_down(work, position);
    }
    if (!hands_over) {
        weft_ref_incref(work->self, item);
        weft_list_drop(work, item);
    }
    trim(work);
    return WEFT_LIST_OK;
}

weft_list_result weft_list_pop(weft_thread *self, weft_list *list, intptr_t index,
                               weft_ref **item) {
    weft_list_work work;
    size_t position;
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    if (!weft_list_position(index, weft_list_size(&work), &position)) {
        return weft_list_end(&work, WEFT_LIST_RANGE);
    }
    weft_ref *found = weft_list_item(&work, position);
    weft_list_result result = take_out(&work, position, found);
    if (result == WEFT_LIST_OK) {
        *item = found;
    }
    return weft_list_end(&work, result);
}

weft_list_result weft_list_delete(weft_thread *self, weft_list *list, intptr_t index) {
    weft_ref *item = NULL;
    weft_list_result result = weft_list_pop(self, list, index, &item);
    if (result == WEFT_LIST_OK && !weft_ref_is_left_behind(self)) {
        weft_ref_decref(self, item);
    }
    return result;
}

weft_list_result weft_list_clear(weft_thread *self, weft_list *list) {
    weft_list_work work;
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    size_t size = weft_list_size(&work);
    if (size != 0) {
        weft_list_will_change(&work, WEFT_LIST_REMOVED, 0, size);
        weft_list_publish(&work, NULL, false);
        weft_list_let_go(&work, work.array, 0, size, 1);
    }
    return weft_list_end(&work, WEFT_LIST_OK);
}

weft_list_result weft_list_reserve(weft_thread *self, weft_list *list, size_t count) {
    weft_list_work work;
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    weft_list_array *old = work.array;
    size_t size = weft_list_size(&work);
    if (count <= size || has_room(&work, count - size)) {
        return weft_list_end(&work, WEFT_LIST_OK);
    }
    weft_list_array *array = count > WEFT_LIST_MAX ? NULL : weft_list_make(count);
    if (array == NULL) {
        return weft_list_end(&work, WEFT_LIST_NO_MEMORY);
    }
    weft_list_move(&work, array, 0, 0, size);
    weft_list_set_size(array, size);
    weft_list_publish(&work, array, weft_list_queues(&work));
    weft_list_let_go(&work, old, 0, 0, 1);
    return weft_list_end(&work, WEFT_LIST_OK);
}

weft_list_result weft_list_set_shared(weft_thread *self, weft_list *list) {
    weft_list_work work;
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    weft_list_share(list);
    return weft_list_end(&work, WEFT_LIST_OK);
}

weft_list_result weft_list_watch(weft_thread *self, weft_list *list, bool watched) {
    weft_list_work work;
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    list->watched = watched ? 1 : 0;
    return weft_list_end(&work, WEFT_LIST_OK);
}
