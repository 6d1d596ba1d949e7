/* Lists: slices, copies, snapshots, reverse and sort. */
#include "weft_host.h"
#include "weft_list_work.h"

/* ---- slices as positions --------------------------------------------------------------------------- */

/* `count` positions: first, first + step, ... */
typedef struct range {
    size_t first;
    size_t count;
    intptr_t step;
} range;

/* With a negative step the ends lie one to the left: -1 is possible, as one less than 0. */
static intptr_t clamp_down(intptr_t index, size_t size) {
    if (index < 0) {
        return (size_t)-(index + 1) >= size ? -1 : (intptr_t)((size_t)index + size);
    }
    return (size_t)index < size ? index : (intptr_t)size - 1;
}

/* Before the lock. */
static void check_slice(const weft_list *list, weft_list_slice slice) {
    if (slice.step == 0) {
        weft_fatal("slice with step 0", "list", list, NULL);
    }
}

static range range_of(weft_list_slice slice, size_t size) {
    if (slice.step > 0) {
        size_t start = weft_list_clamp(slice.start, size);
        size_t stop = weft_list_clamp(slice.stop, size);
        size_t span = stop > start ? stop - start : 0;
        return (range){start, span == 0 ? 0 : (span - 1) / (size_t)slice.step + 1, slice.step};
    }
    intptr_t start = clamp_down(slice.start, size);
    intptr_t stop = clamp_down(slice.stop, size);
    size_t span = start > stop ? (size_t)(start - stop) : 0;
    size_t step = (size_t)0 - (size_t)slice.step;
    return (range){start < 0 ? 0 : (size_t)start, span == 0 ? 0 : (span - 1) / step + 1,
                   slice.step};
}

static size_t position_in(range positions, size_t number) {
    return positions.first + number * (size_t)positions.step; /* modulo 2^n: also downwards */
}

/* The same positions, upwards. */
static range upwards(range positions) {
    if (positions.step > 0 || positions.count == 0) {
        return positions;
    }
    return (range){position_in(positions, positions.count - 1), positions.count,
                   positions.count == 1 ? 1 : -positions.step};
}

/* ---- reading --------------------------------------------------------------------------------------- */

/* An array with items of the list, each with a reference of its own. NULL: no memory. */
static weft_list_array *gather(weft_list_work *work, range positions) {
    weft_list_array *array = weft_list_make(positions.count);
    if (array == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < positions.count; i++) {
        weft_ref *item = weft_list_item(work, position_in(positions, i));
        weft_ref_incref(work->self, item);
        weft_init_ptr(&weft_list_slots(array)[i], item);
    }
    weft_list_set_size(array, positions.count);
    return array;
}

static range all_of(const weft_list_work *work) {
    return (range){0, weft_list_size(work), 1};
}

/* What was gathered, and not used. Host code. */
static void scatter(weft_thread *self, weft_list_array *array) {
    size_t count = weft_list_size_of(weft_load_relaxed_u64(&array->bounds));
    for (size_t i = 0; i < count && !weft_ref_is_left_behind(self); i++) {
        weft_ref_decref(self, weft_load_relaxed_ptr(&weft_list_slots(array)[i]));
    }
    weft_list_unmake(array);
}

/* The list's items become those of an array with references of its own. */
static void replace(weft_list_work *work, weft_list_array *array) {
    size_t count = weft_list_size_of(weft_load_relaxed_u64(&array->bounds));
    size_t before = weft_list_size(work);
    weft_list_array *old = work->array;
    if (before == 0 && count == 0) {
        weft_list_unmake(array);
        return;
    }
    weft_list_will_change(work, WEFT_LIST_REPLACED, 0, count > before ? count : before);
    for (size_t i = 0; work->shared && i < count; i++) {
        weft_ref_maybe_share(weft_load_relaxed_ptr(&weft_list_slots(array)[i]));
    }
    if (count == 0) {
        weft_list_unmake(array);
    }
    weft_list_publish(work, count == 0 ? NULL : array, false);
    weft_list_let_go(work, old, 0, before, 1);
}

static weft_list_result fill_list(weft_thread *self, weft_list *into, weft_list_array *array) {
    weft_list_work work;
    /* The end of the section before may have waited for another one. */
    if (weft_ref_is_left_behind(self) || !weft_list_begin(self, into, &work)) {
        scatter(self, array);
        return WEFT_LIST_CLOSED;
    }
    replace(&work, array);
    return weft_list_end(&work, WEFT_LIST_OK);
}

weft_list_result weft_list_get_slice(weft_thread *self, weft_list *list, weft_list_slice slice,
                                     weft_list *into) {
    weft_list_work work;
    check_slice(list, slice);
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    weft_list_array *array = gather(&work, range_of(slice, weft_list_size(&work)));
    (void)weft_list_end(&work, WEFT_LIST_OK);
    return array == NULL ? WEFT_LIST_NO_MEMORY : fill_list(self, into, array);
}

weft_list_result weft_list_copy(weft_thread *self, weft_list *list, weft_list *into) {
    return weft_list_get_slice(self, list, (weft_list_slice){WEFT_LIST_FIRST, WEFT_LIST_LAST, 1},
                               into);
}

weft_list_result weft_list_extend_list(weft_thread *self, weft_list *list, weft_list *other) {
    weft_list_work work;
    if (!weft_list_begin(self, other, &work)) {
        return WEFT_LIST_CLOSED;
    }
    size_t count = weft_list_size(&work);
    weft_ref **items = NULL;
    if (count != 0) {
        items = (weft_ref **)weft_host_allocate(count * sizeof(weft_ref *), sizeof(void *));
    }
    for (size_t i = 0; items != NULL && i < count; i++) {
        items[i] = weft_list_item(&work, i);
        weft_ref_incref(self, items[i]);
    }
    (void)weft_list_end(&work, WEFT_LIST_OK);
    if (items == NULL) {
        return count == 0 ? WEFT_LIST_OK : WEFT_LIST_NO_MEMORY;
    }
    weft_list_result result = WEFT_LIST_CLOSED; /* as in fill_list */
    if (!weft_ref_is_left_behind(self)) {
        result = weft_list_extend(self, list, items, count);
    }
    for (size_t i = 0; i < count && !weft_ref_is_left_behind(self); i++) {
        weft_ref_decref(self, items[i]);
    }
    weft_host_free((void *)items, count * sizeof(weft_ref *), sizeof(void *));
    return result;
}

/* ---- snapshots ------------------------------------------------------------------------------------- */

/* One list more that has this array. It is never written from now on. */
static void freeze(weft_list_work *work) {
    /* Relaxed: the caller's lock orders it before the next change of this list; the publishing before those
     * of the other. */
    weft_fetch_or_relaxed_u32(&work->array->holders, WEFT_LIST_FROZEN);
    weft_fetch_add_relaxed_u32(&work->array->holders, 1);
}

static bool is_prompt(const weft_list *list) {
    /* Relaxed: the tag never changes. */
    return ((uintptr_t)weft_load_relaxed_ptr(&list->array) & WEFT_LIST_PROMPT_TAG) != 0;
}

/* Both lists are locked. */
static void share_array(weft_list_work *from, weft_list_work *to) {
    size_t before = weft_list_size(to);
    size_t count = weft_list_size(from);
    weft_list_share(from->list);
    weft_list_share(to->list); /* as its items are */
    to->shared = true;
    if (before == 0 && count == 0) {
        return;
    }
    weft_list_will_change(to, WEFT_LIST_REPLACED, 0, count > before ? count : before);
    if (count != 0) {
        freeze(from);
    }
    weft_list_publish(to, count != 0 ? from->array : NULL, from->moves);
    weft_list_let_go(to, to->array, 0, before, 1);
}

weft_list_result weft_list_snapshot(weft_thread *self, weft_list *list, weft_list *into) {
    weft_critical2 section;
    weft_list_work from;
    weft_list_work to;
    if (is_prompt(list) != is_prompt(into)) {
        weft_fatal("snapshot into a list of the other discipline", "list", into, NULL);
    }
    weft_park_may_detach();
    if (list == into) {
        return WEFT_LIST_OK;
    }
    weft_critical2_begin(self, &section, &list->head.mutex, &into->head.mutex);
    bool locked = section.section.locked != 0;
    if (locked) {
        weft_list_enter(self, list, &from);
        weft_list_enter(self, into, &to);
        share_array(&from, &to);
        weft_list_leave(&to);
    }
    weft_critical2_end(self, &section);
    if (!locked) {
        return WEFT_LIST_CLOSED;
    }
    weft_list_settle(&to);
    return WEFT_LIST_OK;
}

/* ---- changing slices ------------------------------------------------------------------------------- */

/* A new array: the old items, but those at the positions are replaced by `items`, or left out if that is NULL. */
static weft_list_result replace_some(weft_list_work *work, range positions,
                                     weft_ref *const *items) {
    range doomed = upwards(positions);
    weft_list_array *old = work->array;
    size_t before = weft_list_size(work);
    size_t size = items == NULL ? before - positions.count : before;
    weft_list_array *array = size == 0 ? NULL : weft_list_make(size);
    if (size != 0 && array == NULL) {
        return WEFT_LIST_NO_MEMORY;
    }
    weft_list_will_change(work, WEFT_LIST_REPLACED, doomed.first, before - doomed.first);
    size_t filled = 0;
    size_t next = 0; /* of the doomed */
    for (size_t i = 0; i < before; i++) {
        if (next == doomed.count || i != position_in(doomed, next)) {
            weft_list_fill_moved(work, array, filled++, weft_list_item(work, i));
            continue;
        }
        if (items != NULL) {
            size_t number = positions.step > 0 ? next : positions.count - 1 - next;
            weft_list_fill(work, array, filled++, items[number]);
        }
        next++;
    }
    weft_list_set_size(array, size);
    weft_list_publish(work, array, false);
    weft_list_let_go(work, old, doomed.first, doomed.count, (size_t)doomed.step);
    return WEFT_LIST_OK;
}

static weft_list_result set_positions(weft_list_work *work, range positions, weft_ref *const *items,
                                      size_t count) {
    if (positions.step == 1) {
        bool same = positions.count == 0 && count == 0;
        return same ? WEFT_LIST_OK
                    : weft_list_splice(work, positions.first, positions.count, items, count, false);
    }
    if (count != positions.count) {
        return WEFT_LIST_LENGTH;
    }
    return count == 0 ? WEFT_LIST_OK : replace_some(work, positions, items);
}

weft_list_result weft_list_set_slice(weft_thread *self, weft_list *list, weft_list_slice slice,
                                     weft_ref *const *items, size_t count) {
    weft_list_work work;
    weft_list_check_items(items, count);
    check_slice(list, slice);
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    range positions = range_of(slice, weft_list_size(&work));
    return weft_list_end(&work, set_positions(&work, positions, items, count));
}

weft_list_result weft_list_delete_slice(weft_thread *self, weft_list *list, weft_list_slice slice) {
    weft_list_work work;
    check_slice(list, slice);
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    range positions = range_of(slice, weft_list_size(&work));
    weft_list_result result = WEFT_LIST_OK;
    if (positions.count != 0) {
        result = positions.step == 1
                     ? weft_list_splice(&work, positions.first, positions.count, NULL, 0, false)
                     : replace_some(&work, positions, NULL);
    }
    return weft_list_end(&work, result);
}

/* ---- order ----------------------------------------------------------------------------------------- */

static void reverse_in_place(weft_list_work *work) {
    size_t size = weft_list_size(work);
    for (size_t i = 0; i < size / 2; i++) {
        weft_ref *left = weft_list_item(work, i);
        /* Relaxed, both: only this thread reads a private list. */
        weft_store_relaxed_ptr(weft_list_slot(work, i), weft_list_item(work, size - 1 - i));
        weft_store_relaxed_ptr(weft_list_slot(work, size - 1 - i), left);
    }
}

static weft_list_result reverse(weft_list_work *work) {
    size_t size = weft_list_size(work);
    bool in_place = !work->shared && !work->frozen;
    weft_list_array *old = work->array;
    weft_list_array *array = in_place ? NULL : weft_list_make(size);
    if (!in_place && array == NULL) {
        return WEFT_LIST_NO_MEMORY;
    }
    weft_list_will_change(work, WEFT_LIST_REPLACED, 0, size);
    if (in_place) {
        reverse_in_place(work);
        return WEFT_LIST_OK;
    }
    for (size_t i = 0; i < size; i++) {
        weft_list_fill_moved(work, array, i, weft_list_item(work, size - 1 - i));
    }
    weft_list_set_size(array, size);
    weft_list_publish(work, array, false);
    weft_list_let_go(work, old, 0, 0, 1);
    return WEFT_LIST_OK;
}

weft_list_result weft_list_reverse(weft_thread *self, weft_list *list) {
    weft_list_work work;
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    return weft_list_end(&work, weft_list_size(&work) < 2 ? WEFT_LIST_OK : reverse(&work));
}

/* What the sorting of an array that nobody else knows needs. */
typedef struct sorting {
    weft_thread *self;
    weft_list_less less;
    void *argument;
    weft_atomic_ptr *items;
    weft_ref **spare; /* half as many */
} sorting;

static weft_ref *item_of(const sorting *sort, size_t number) {
    /* Relaxed, and plain stores: private. */
    return weft_load_relaxed_ptr(&sort->items[number]);
}

/* As the host's answers. It is not asked any more once the runtime is closed. */
static int is_less(const sorting *sort, weft_ref *left, weft_ref *right) {
    int less = -1;
    if (!weft_ref_is_left_behind(sort->self)) { /* the section's end may have left it behind, too */
        less = sort->less(sort->self, sort->argument, left, right);
    }
    return weft_ref_is_left_behind(sort->self) ? -1 : less;
}

/* Fewer items than these are inserted one by one: as many as a merge sort's calls would need for 4, and no spare memory
 * touched. */
#define FEW 6U

static weft_list_result sort_few(const sorting *sort, size_t from, size_t to) {
    for (size_t i = from + 1; i < to; i++) {
        weft_ref *item = item_of(sort, i);
        size_t place = i;
        int less = 1;
        while (place > from && (less = is_less(sort, item, item_of(sort, place - 1))) > 0) {
            place--;
        }
        if (less < 0) {
            return WEFT_LIST_STOPPED;
        }
        for (size_t moved = i; moved > place; moved--) {
            weft_init_ptr(&sort->items[moved], item_of(sort, moved - 1));
        }
        weft_init_ptr(&sort->items[place], item);
    }
    return WEFT_LIST_OK;
}

/* [from, middle) and [middle, to) are sorted. The left half waits in the spare memory. If the host stops, every item is
 * still there once. */
static weft_list_result merge(const sorting *sort, size_t from, size_t middle, size_t to) {
    size_t left = 0;
    size_t lefts = middle - from;
    size_t right = middle;
    size_t out = from;
    int less = 0;
    for (size_t i = 0; i < lefts; i++) {
        sort->spare[i] = item_of(sort, from + i);
    }
    while (left < lefts && right < to) {
        less = is_less(sort, item_of(sort, right), sort->spare[left]);
        if (less < 0) {
            break;
        }
        weft_init_ptr(&sort->items[out++], less > 0 ? item_of(sort, right++) : sort->spare[left++]);
    }
    while (left < lefts) {
        weft_init_ptr(&sort->items[out++], sort->spare[left++]);
    }
    return less < 0 ? WEFT_LIST_STOPPED : WEFT_LIST_OK;
}

static weft_list_result sort_part(const sorting *sort, size_t from, size_t to) {
    if (to - from < FEW) {
        return sort_few(sort, from, to);
    }
    size_t middle = from + (to - from) / 2;
    weft_list_result result = sort_part(sort, from, middle);
    if (result == WEFT_LIST_OK) {
        result = sort_part(sort, middle, to);
    }
    if (result != WEFT_LIST_OK) {
        return result;
    }
    int crossed = is_less(sort, item_of(sort, middle), item_of(sort, middle - 1));
    if (crossed <= 0) {
        return crossed < 0 ? WEFT_LIST_STOPPED : WEFT_LIST_OK; /* in order already */
    }
    return merge(sort, from, middle, to);
}

static weft_list_result sort_array(weft_thread *self, weft_list_array *array, weft_list_less less,
                                   void *argument) {
    size_t size = weft_list_size_of(weft_load_relaxed_u64(&array->bounds));
    size_t bytes = (size / 2 + 1) * sizeof(weft_ref *);
    sorting sort = {self, less, argument, weft_list_slots(array), NULL};
    sort.spare = (weft_ref **)weft_host_allocate(bytes, sizeof(void *));
    if (sort.spare == NULL) {
        return WEFT_LIST_NO_MEMORY;
    }
    weft_list_result result = sort_part(&sort, 0, size);
    weft_host_free((void *)sort.spare, bytes, sizeof(void *));
    return weft_ref_is_left_behind(self) ? WEFT_LIST_CLOSED : result;
}

weft_list_result weft_list_sort(weft_thread *self, weft_list *list, weft_list_less less,
                                void *argument) {
    weft_list_work work;
    if (!weft_list_begin(self, list, &work)) {
        return WEFT_LIST_CLOSED;
    }
    uint64_t version = weft_list_version(list);
    bool sorted = weft_list_size(&work) < 2;
    weft_list_array *array = sorted ? NULL : gather(&work, all_of(&work));
    (void)weft_list_end(&work, WEFT_LIST_OK);
    if (array == NULL) {
        return sorted ? WEFT_LIST_OK : WEFT_LIST_NO_MEMORY;
    }
    weft_list_result result = sort_array(self, array, less, argument);
    if (result == WEFT_LIST_OK && !weft_list_begin(self, list, &work)) {
        result = WEFT_LIST_CLOSED;
    }
    if (result != WEFT_LIST_OK) {
        scatter(self, array);
        return result;
    }
    if (weft_list_version(list) != version) {
        (void)weft_list_end(&work, WEFT_LIST_OK);
        scatter(self, array);
        return WEFT_LIST_CHANGED;
    }
    replace(&work, array);
    return weft_list_end(&work, WEFT_LIST_OK);
}
