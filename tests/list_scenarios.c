#include "list_scenarios.h"

#include "borrows.h"
#include "list_model.h"
#include "weft_qsbr.h"
#include "weft_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IS(self, list, ...)                                                                        \
    list_is(self, list, (const uint32_t[]){__VA_ARGS__},                                           \
            sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static const weft_list_slice ALL = {WEFT_LIST_FIRST, WEFT_LIST_LAST, 1};

#define BOTH(scenario_name)                                                                        \
    static void scenario_name(void) {                                                              \
        list_with_both(scenario_name##_in);                                                        \
    }

static bool is_private(const weft_list *list) {
    return ((uintptr_t)weft_load_relaxed_ptr(&list->array) & WEFT_LIST_PRIVATE) != 0;
}

static bool is_flagged(const weft_ref *item) {
    return (weft_load_relaxed_uptr(&item->shared) & WEFT_REF_MAYBE_SHARED) != 0;
}

/* ---- one thread ------------------------------------------------------------------------------------ */

static void an_empty_list_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_make(self, discipline);
    weft_ref *item = NULL;
    CHECK(list_is(self, list, NULL, 0));
    CHECK(weft_list_pop(self, list, -1, &item) == WEFT_LIST_RANGE);
    CHECK(weft_list_pop(self, list, 0, &item) == WEFT_LIST_RANGE);
    CHECK(weft_list_delete(self, list, 0) == WEFT_LIST_RANGE);
    CHECK(weft_list_clear(self, list) == WEFT_LIST_OK);
    CHECK(weft_list_reverse(self, list) == WEFT_LIST_OK);
    CHECK(weft_list_extend(self, list, NULL, 0) == WEFT_LIST_OK);
    CHECK(weft_list_delete_slice(self, list, ALL) == WEFT_LIST_OK);
    CHECK(weft_list_version(list) == 0);
    CHECK(weft_list_is_alone(list));
    list_drop(self, list);
}
BOTH(an_empty_list)

static void indices_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 3);
    CHECK(IS(self, list, 0, 1, 2));
    CHECK(list_at(self, list, INTPTR_MAX) == NUMBERED_DEAD);
    CHECK(list_at(self, list, INTPTR_MIN) == NUMBERED_DEAD);
    weft_ref *item = numbered_make(self, 7);
    CHECK(weft_list_set(self, list, -1, item) == WEFT_LIST_OK);
    CHECK(weft_list_set(self, list, 3, item) == WEFT_LIST_RANGE);
    CHECK(weft_list_set(self, list, -4, item) == WEFT_LIST_RANGE);
    CHECK(IS(self, list, 0, 1, 7));
    CHECK(weft_list_insert(self, list, -100, item) == WEFT_LIST_OK);
    CHECK(weft_list_insert(self, list, 100, item) == WEFT_LIST_OK);
    CHECK(weft_list_insert(self, list, -1, item) == WEFT_LIST_OK);
    CHECK(IS(self, list, 7, 0, 1, 7, 7, 7));
    CHECK(weft_list_delete(self, list, -5) == WEFT_LIST_OK);
    CHECK(IS(self, list, 7, 1, 7, 7, 7));
    weft_ref_decref(self, item);
    list_drop(self, list);
}
BOTH(indices)

static void slices_are_as_in_python_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 6);
    weft_list *part = list_make(self, discipline);
    CHECK(weft_list_get_slice(self, list, (weft_list_slice){1, 4, 1}, part) == WEFT_LIST_OK);
    CHECK(IS(self, part, 1, 2, 3));
    weft_list_slice backwards = {WEFT_LIST_LAST, WEFT_LIST_FIRST, -2};
    CHECK(weft_list_get_slice(self, list, backwards, part) == WEFT_LIST_OK);
    CHECK(IS(self, part, 5, 3, 1));
    CHECK(weft_list_get_slice(self, list, (weft_list_slice){-2, -5, -1}, part) == WEFT_LIST_OK);
    CHECK(IS(self, part, 4, 3, 2));
    CHECK(weft_list_get_slice(self, list, (weft_list_slice){4, 1, 1}, part) == WEFT_LIST_OK);
    CHECK(list_is(self, part, NULL, 0));
    weft_list_slice huge = {WEFT_LIST_FIRST, WEFT_LIST_LAST, INTPTR_MAX};
    CHECK(weft_list_get_slice(self, list, huge, part) == WEFT_LIST_OK);
    CHECK(IS(self, part, 0));
    huge = (weft_list_slice){WEFT_LIST_LAST, WEFT_LIST_FIRST, INTPTR_MIN};
    CHECK(weft_list_get_slice(self, list, huge, part) == WEFT_LIST_OK);
    CHECK(IS(self, part, 5));
    weft_ref *items[2] = {numbered_make(self, 8), numbered_make(self, 9)};
    CHECK(weft_list_set_slice(self, list, (weft_list_slice){2, 5, 1}, items, 2) == WEFT_LIST_OK);
    CHECK(IS(self, list, 0, 1, 8, 9, 5));
    weft_list_slice odd = {3, WEFT_LIST_FIRST, -2};
    CHECK(weft_list_set_slice(self, list, odd, items, 2) == WEFT_LIST_OK);
    CHECK(IS(self, list, 0, 9, 8, 8, 5));
    CHECK(weft_list_set_slice(self, list, odd, items, 1) == WEFT_LIST_LENGTH);
    CHECK(weft_list_delete_slice(self, list, odd) == WEFT_LIST_OK);
    CHECK(IS(self, list, 0, 8, 5));
    weft_ref_decref(self, items[0]);
    weft_ref_decref(self, items[1]);
    list_drop(self, part);
    list_drop(self, list);
}
BOTH(slices_are_as_in_python)

static void a_list_extends_itself_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 3);
    CHECK(weft_list_extend_list(self, list, list) == WEFT_LIST_OK);
    CHECK(IS(self, list, 0, 1, 2, 0, 1, 2));
    CHECK(weft_list_get_slice(self, list, (weft_list_slice){4, WEFT_LIST_LAST, 1}, list) ==
          WEFT_LIST_OK);
    CHECK(IS(self, list, 1, 2));
    CHECK(weft_list_snapshot(self, list, list) == WEFT_LIST_OK);
    CHECK(IS(self, list, 1, 2));
    list_drop(self, list);
}
BOTH(a_list_extends_itself)

/* ---- order ----------------------------------------------------------------------------------------- */

static int by_tens(weft_thread *self, void *argument, weft_ref *left, weft_ref *right) {
    (void)self;
    (void)argument;
    return number_of(left) / 10 < number_of(right) / 10;
}

static void sort_is_stable_in(weft_thread *self, weft_list_discipline discipline) {
    enum { MANY = 1000 };
    uint64_t random = 42;
    weft_list *list = list_make(self, discipline);
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t tens = (uint32_t)(scenario_random(&random) >> 40) % 20;
        CHECK(list_add(self, list, tens * 100000 + i % 10) == WEFT_LIST_OK);
    }
    weft_list *before = list_make(self, discipline);
    CHECK(weft_list_copy(self, list, before) == WEFT_LIST_OK);
    CHECK(weft_list_sort(self, list, by_tens, NULL) == WEFT_LIST_OK);
    /* A stable sort is the concatenation of what is alike, in the order it had. */
    size_t at = 0;
    for (uint32_t tens = 0; tens < 20; tens++) {
        for (intptr_t i = 0; i < MANY; i++) {
            weft_ref *item = weft_list_get(self, before, i);
            if (number_of(item) / 10 == tens * 10000) {
                weft_ref *sorted = weft_list_get(self, list, (intptr_t)at++);
                CHECK(sorted == item);
                weft_ref_decref(self, sorted);
            }
            weft_ref_decref(self, item);
        }
    }
    CHECK(at == MANY);
    list_drop(self, before);
    list_drop(self, list);
}
BOTH(sort_is_stable)

typedef struct meddler {
    weft_list *list;
    unsigned calls;
    unsigned when; /* at this call */
    int answer;    /* less than 0: this; else it changes the list */
} meddler;

static int meddles(weft_thread *self, void *argument, weft_ref *left, weft_ref *right) {
    meddler *one = argument;
    if (one->calls++ == one->when) {
        if (one->answer < 0) {
            return one->answer;
        }
        CHECK(weft_list_len(self, one->list) == 9);
        CHECK(weft_list_clear(self, one->list) == WEFT_LIST_OK);
    }
    return number_of(left) < number_of(right);
}

static void sort_that_is_stopped_or_overtaken_in(weft_thread *self,
                                                 weft_list_discipline discipline) {
    for (unsigned when = 0; when < 12; when++) {
        weft_list *list = list_of(self, discipline, 9);
        CHECK(weft_list_reverse(self, list) == WEFT_LIST_OK);
        meddler stops = {list, 0, when, -1};
        CHECK(weft_list_sort(self, list, meddles, &stops) == WEFT_LIST_STOPPED);
        CHECK(IS(self, list, 8, 7, 6, 5, 4, 3, 2, 1, 0));
        meddler clears = {list, 0, when, 0};
        CHECK(weft_list_sort(self, list, meddles, &clears) == WEFT_LIST_CHANGED);
        CHECK(list_is(self, list, NULL, 0));
        list_drop(self, list);
    }
}
BOTH(sort_that_is_stopped_or_overtaken)

/* ---- iteration, search ----------------------------------------------------------------------------- */

static void iteration_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 3);
    weft_list_iterator strict;
    weft_list_iterator weak;
    weft_ref *item;
    weft_list_iterate(self, list, true, &strict);
    weft_list_iterate(self, list, false, &weak);
    for (uint32_t i = 0; i < 2; i++) {
        CHECK(weft_list_next(self, &strict, &item) == WEFT_LIST_OK && number_of(item) == i);
        weft_ref_decref(self, item);
        CHECK(weft_list_next(self, &weak, &item) == WEFT_LIST_OK && number_of(item) == i);
        weft_ref_decref(self, item);
    }
    CHECK(list_add(self, list, 3) == WEFT_LIST_OK);
    CHECK(weft_list_next(self, &strict, &item) == WEFT_LIST_CHANGED);
    CHECK(weft_list_next(self, &strict, &item) == WEFT_LIST_RANGE);
    for (uint32_t i = 2; i < 4; i++) {
        CHECK(weft_list_next(self, &weak, &item) == WEFT_LIST_OK && number_of(item) == i);
        weft_ref_decref(self, item);
    }
    CHECK(weft_list_next(self, &weak, &item) == WEFT_LIST_RANGE);
    CHECK(list_add(self, list, 4) == WEFT_LIST_OK);
    CHECK(weft_list_next(self, &weak, &item) == WEFT_LIST_RANGE);
    list_drop(self, list);
}
BOTH(iteration)

/* A list that came back to where it was, array and all, has changed still. */
static void strict_iteration_notices_a_change_and_back_in(weft_thread *self,
                                                          weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 2);
    weft_list_iterator iterator;
    weft_ref *item;
    weft_ref *popped;
    weft_list_iterate(self, list, true, &iterator);
    CHECK(weft_list_pop(self, list, -1, &popped) == WEFT_LIST_OK);
    CHECK(weft_list_append(self, list, popped) == WEFT_LIST_OK);
    weft_ref_decref(self, popped);
    CHECK(weft_list_next(self, &iterator, &item) == WEFT_LIST_CHANGED);
    weft_list_iterate(self, list, true, &iterator);
    CHECK(weft_list_clear(self, list) == WEFT_LIST_OK);
    CHECK(list_add(self, list, 5) == WEFT_LIST_OK);
    CHECK(weft_list_next(self, &iterator, &item) == WEFT_LIST_CHANGED);
    list_drop(self, list);
}
BOTH(strict_iteration_notices_a_change_and_back)

static int equal_number(weft_thread *self, void *argument, weft_ref *item, weft_ref *wanted) {
    weft_list *list = argument;
    if (list != NULL && number_of(item) == 1) {
        CHECK(weft_list_clear(self, list) == WEFT_LIST_OK); /* `item` is held */
        CHECK(number_of(item) == 1);
        return -1;
    }
    return number_of(item) == number_of(wanted);
}

static void index_finds_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 5);
    weft_ref *three = weft_list_get(self, list, 3);
    weft_ref *other = numbered_make(self, 3);
    size_t found = 99;
    CHECK(weft_list_index(self, list, three, 0, WEFT_LIST_LAST, NULL, NULL, &found) ==
              WEFT_LIST_OK &&
          found == 3);
    CHECK(weft_list_index(self, list, three, 0, 3, NULL, NULL, &found) == WEFT_LIST_RANGE);
    CHECK(weft_list_index(self, list, three, -1, WEFT_LIST_LAST, NULL, NULL, &found) ==
          WEFT_LIST_RANGE);
    CHECK(weft_list_index(self, list, other, 0, WEFT_LIST_LAST, NULL, NULL, &found) ==
          WEFT_LIST_RANGE);
    CHECK(weft_list_index(self, list, other, -3, -1, equal_number, NULL, &found) == WEFT_LIST_OK &&
          found == 3);
    CHECK(weft_list_index(self, list, other, 0, WEFT_LIST_LAST, equal_number, list, &found) ==
          WEFT_LIST_STOPPED);
    CHECK(list_is(self, list, NULL, 0));
    weft_ref_decref(self, three);
    weft_ref_decref(self, other);
    list_drop(self, list);
}
BOTH(index_finds)

/* ---- references and memory ------------------------------------------------------------------------- */

static void prompt_lists_drop_at_once(void) {
    weft_thread *self = list_begin();
    weft_list *list = list_of(self, WEFT_LIST_PROMPT, 4);
    weft_ref *item = weft_list_get(self, list, 3);
    CHECK(weft_list_delete(self, list, 3) == WEFT_LIST_OK);
    CHECK(weft_ref_unique(self, item) == WEFT_REF_UNIQUE);
    CHECK(weft_list_set(self, list, 0, item) == WEFT_LIST_OK);
    CHECK(weft_ref_unique(self, item) == WEFT_REF_NOT_UNIQUE);
    weft_ref *popped = NULL;
    CHECK(weft_list_pop(self, list, 0, &popped) == WEFT_LIST_OK && popped == item);
    weft_ref_decref(self, popped);
    CHECK(weft_ref_unique(self, item) == WEFT_REF_UNIQUE); /* the list's became the caller's */
    weft_ref_decref(self, item);
    CHECK(weft_list_clear(self, list) == WEFT_LIST_OK);
    list_drop(self, list);
    CHECK(list_objects(self) == 0);
    list_end(self);
}

static void deferred_lists_drop_after_a_grace_period(void) {
    weft_thread *self = list_begin();
    weft_list *list = list_of(self, WEFT_LIST_DEFERRED, 5);
    weft_ref *kept = weft_list_borrow(self, list, 1);
    weft_ref *items[5];
    for (intptr_t i = 0; i < 5; i++) {
        items[i] = weft_list_borrow(self, list, i);
    }
    weft_ref *popped = NULL;
    CHECK(weft_list_pop(self, list, -1, &popped) == WEFT_LIST_OK);
    weft_ref_decref(self, popped);
    CHECK(weft_list_set(self, list, 0, items[3]) == WEFT_LIST_OK);
    CHECK(weft_list_delete(self, list, 1) == WEFT_LIST_OK);
    CHECK(weft_list_clear(self, list) == WEFT_LIST_OK);
    for (uint32_t i = 0; i < 5; i++) {
        CHECK(number_of(items[i]) == i);
    }
    weft_ref_incref(self, kept);
    CHECK(list_objects(self) == 2);
    CHECK(number_of(kept) == 1);
    weft_ref_decref(self, kept);
    list_drop(self, list);
    CHECK(list_objects(self) == 0);
    list_end(self);
}

/* A dead list's items stay until the readers of another list, that shares its array, have gone. */
static void snapshots_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 3);
    weft_list *first = list_make(self, discipline);
    weft_list *second = list_make(self, discipline);
    CHECK(weft_list_snapshot(self, list, first) == WEFT_LIST_OK);
    CHECK(!is_private(list) && !is_private(first));
    CHECK(weft_load_relaxed_ptr(&list->array) == weft_load_relaxed_ptr(&first->array));
    CHECK(!weft_list_is_alone(list) && !weft_list_is_alone(first));
    CHECK(list_add(self, list, 3) == WEFT_LIST_OK);
    CHECK(IS(self, list, 0, 1, 2, 3));
    CHECK(IS(self, first, 0, 1, 2));
    CHECK(weft_list_is_alone(list) && weft_list_is_alone(first));
    CHECK(weft_list_snapshot(self, first, second) == WEFT_LIST_OK);
    weft_ref *popped;
    CHECK(weft_list_pop(self, second, 0, &popped) == WEFT_LIST_OK && number_of(popped) == 0);
    weft_ref_decref(self, popped);
    CHECK(weft_list_reverse(self, first) == WEFT_LIST_OK);
    CHECK(IS(self, second, 1, 2));
    CHECK(IS(self, first, 2, 1, 0));
    CHECK(weft_list_snapshot(self, list, second) == WEFT_LIST_OK);
    list_drop(self, list);
    CHECK(IS(self, second, 0, 1, 2, 3));
    CHECK(weft_list_clear(self, second) == WEFT_LIST_OK);
    list_drop(self, first);
    CHECK(weft_list_snapshot(self, second, second) == WEFT_LIST_OK);
    CHECK(list_objects(self) == 1);
    list_drop(self, second);
}
BOTH(snapshots)

static void every_change_of_a_frozen_list_copies_in(weft_thread *self,
                                                    weft_list_discipline discipline) {
    for (unsigned change = 0; change < 9; change++) {
        weft_list *list = list_of(self, discipline, 4);
        weft_list *frozen = list_make(self, discipline);
        weft_ref *item = numbered_make(self, 9);
        weft_ref *popped;
        CHECK(weft_list_snapshot(self, list, frozen) == WEFT_LIST_OK);
        weft_list_result result =
            change == 0   ? weft_list_append(self, list, item)
            : change == 1 ? weft_list_set(self, list, 1, item)
            : change == 2 ? weft_list_insert(self, list, 0, item)
            : change == 3 ? weft_list_delete(self, list, -1)
            : change == 4 ? weft_list_delete(self, list, 0)
            : change == 5 ? weft_list_clear(self, list)
            : change == 6 ? weft_list_reverse(self, list)
            : change == 7 ? weft_list_delete_slice(self, list, (weft_list_slice){0, 4, 2})
                          : weft_list_pop(self, list, 2, &popped);
        CHECK(result == WEFT_LIST_OK);
        if (change == 8) {
            weft_ref_decref(self, popped);
        }
        CHECK(IS(self, frozen, 0, 1, 2, 3));
        CHECK(!IS(self, list, 0, 1, 2, 3));
        weft_ref_decref(self, item);
        list_drop(self, list);
        CHECK(IS(self, frozen, 0, 1, 2, 3));
        list_drop(self, frozen);
        CHECK(list_objects(self) == 0);
    }
}
BOTH(every_change_of_a_frozen_list_copies)

static size_t capacity_of(const weft_list *list) {
    unsigned char *word = weft_load_relaxed_ptr(&list->array);
    const void *array = word - ((uintptr_t)word & WEFT_LIST_TAGS);
    return ((const weft_list_array *)array)->capacity;
}

static void a_queue_stays_small_in(weft_thread *self, weft_list_discipline discipline) {
    for (int shared = 0; shared < 2; shared++) {
        weft_list *list = list_of(self, discipline, 100);
        if (shared != 0) {
            CHECK(weft_list_set_shared(self, list) == WEFT_LIST_OK);
        }
        for (uint32_t i = 0; i < 20000; i++) {
            weft_ref *item = NULL;
            CHECK(list_add(self, list, 100 + i) == WEFT_LIST_OK);
            CHECK(weft_list_pop(self, list, 0, &item) == WEFT_LIST_OK && number_of(item) == i);
            weft_ref_decref(self, item);
            weft_qsbr_quiescent(self);
        }
        CHECK(weft_list_len(self, list) == 100);
        CHECK(capacity_of(list) < 200);
        list_drop(self, list);
    }
}
BOTH(a_queue_stays_small)

/* A reader that has the array from before looks into it at any later time: it may only find what the index had. */
static void a_direct_reader_is_not_misled_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 3);
    weft_ref *item = NULL;
    CHECK(weft_list_set_shared(self, list) == WEFT_LIST_OK);
    CHECK(weft_list_reserve(self, list, 10) == WEFT_LIST_OK);
    uintptr_t word = (uintptr_t)weft_load_relaxed_ptr(&list->array);
    CHECK((word & WEFT_LIST_MOVES) == 0);
    weft_list_array *seen = (weft_list_array *)(word & ~WEFT_LIST_TAGS);
    CHECK(weft_list_pop(self, list, 0, &item) == WEFT_LIST_OK && number_of(item) == 0);
    weft_ref_decref(self, item);
    CHECK(((uintptr_t)weft_load_relaxed_ptr(&list->array) & WEFT_LIST_MOVES) != 0);
    CHECK(number_of(weft_list_look(seen, 1)) == 1);
    CHECK(list_add(self, list, 3) == WEFT_LIST_OK);
    CHECK(weft_list_look(seen, 3) == NULL);
    CHECK(number_of(weft_list_look(seen, 1)) == 1 && number_of(weft_list_look(seen, 2)) == 2);
    /* Now it is a queue: nobody reads it directly, so it is changed in place. */
    void *moving = weft_load_relaxed_ptr(&list->array);
    CHECK(((uintptr_t)moving & WEFT_LIST_MOVES) != 0);
    CHECK(weft_list_pop(self, list, 0, &item) == WEFT_LIST_OK && number_of(item) == 1);
    CHECK(weft_list_set(self, list, 0, item) == WEFT_LIST_OK);
    weft_ref_decref(self, item);
    CHECK(weft_load_relaxed_ptr(&list->array) == moving);
    CHECK(IS(self, list, 1, 3));
    list_drop(self, list);
}
BOTH(a_direct_reader_is_not_misled)

/* The same for set. */
static void a_set_after_the_first_was_popped_copies_in(weft_thread *self,
                                                       weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 3);
    weft_ref *item = NULL;
    CHECK(weft_list_set_shared(self, list) == WEFT_LIST_OK);
    uintptr_t word = (uintptr_t)weft_load_relaxed_ptr(&list->array);
    weft_list_array *seen = (weft_list_array *)(word & ~WEFT_LIST_TAGS);
    CHECK(weft_list_pop(self, list, 0, &item) == WEFT_LIST_OK && number_of(item) == 0);
    const weft_ref *second = weft_list_look(seen, 1);
    CHECK(weft_list_set(self, list, 0, item) == WEFT_LIST_OK);
    weft_ref_decref(self, item);
    CHECK(weft_list_look(seen, 1) == second);
    CHECK(IS(self, list, 0, 2));
    list_drop(self, list);
}
BOTH(a_set_after_the_first_was_popped_copies)

static void pops_give_memory_back_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 5000);
    weft_ref *item = NULL;
    for (uint32_t i = 0; i < 5000; i++) {
        CHECK(weft_list_pop(self, list, i % 2 == 0 ? 0 : -1, &item) == WEFT_LIST_OK);
        weft_ref_decref(self, item);
        size_t left = weft_list_len(self, list);
        CHECK(capacity_of(list) <= 16 || capacity_of(list) <= 4 * left + 4);
    }
    list_drop(self, list);
}
BOTH(pops_give_memory_back)

static void reserve_makes_room_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 2);
    CHECK(weft_list_reserve(self, list, 1000) == WEFT_LIST_OK);
    void *array = weft_load_relaxed_ptr(&list->array);
    for (uint32_t i = 2; i < 1000; i++) {
        CHECK(list_add(self, list, i) == WEFT_LIST_OK);
    }
    CHECK(weft_load_relaxed_ptr(&list->array) == array);
    CHECK(weft_list_reserve(self, list, WEFT_LIST_MAX + 1) == WEFT_LIST_NO_MEMORY);
    CHECK(weft_list_reserve(self, list, SIZE_MAX) == WEFT_LIST_NO_MEMORY);
    list_drop(self, list);
}
BOTH(reserve_makes_room)

/* ---- private and shared ---------------------------------------------------------------------------- */

static void items_of_shared_lists_are_flagged_in(weft_thread *self,
                                                 weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 2);
    weft_ref *item = weft_list_get(self, list, 0);
    CHECK(is_private(list) && !is_flagged(item));
    CHECK(weft_list_set_shared(self, list) == WEFT_LIST_OK);
    CHECK(!is_private(list) && is_flagged(item));
    weft_ref_decref(self, item);
    for (unsigned way = 0; way < 8; way++) {
        weft_ref *fresh = numbered_make(self, 9);
        weft_list *other = list_make(self, discipline);
        CHECK(weft_list_append(self, other, fresh) == WEFT_LIST_OK);
        CHECK(!is_flagged(fresh));
        weft_list_result result =
            way == 0   ? weft_list_append(self, list, fresh)
            : way == 1 ? weft_list_extend(self, list, &fresh, 1)
            : way == 2 ? weft_list_insert(self, list, 0, fresh)
            : way == 3 ? weft_list_set(self, list, 0, fresh)
            : way == 4 ? weft_list_set_slice(self, list, (weft_list_slice){0, 2, 1}, &fresh, 1)
            : way == 5 ? weft_list_set_slice(self, list, (weft_list_slice){0, 1, 2}, &fresh, 1)
            : way == 6 ? weft_list_extend_list(self, list, other)
                       : weft_list_copy(self, other, list);
        CHECK(result == WEFT_LIST_OK);
        CHECK(is_flagged(fresh));
        weft_ref_decref(self, fresh);
        list_drop(self, other);
    }
    list_drop(self, list);
}
BOTH(items_of_shared_lists_are_flagged)

/* ---- watchers, collectors, misuse ------------------------------------------------------------------ */

static weft_list_change told[16];
static unsigned told_count;
static weft_list *told_of;

static void tell(weft_thread *self, weft_list *list, const weft_list_change *change) {
    told_of = list;
    told[told_count++ % 16] = *change;
    CHECK(!weft_mutex_is_locked(&list->head.mutex));
    CHECK(change->version == weft_list_version(list));
    (void)self;
}

static bool was_told(weft_list_change_kind kind, size_t index, size_t count) {
    const weft_list_change *last = &told[(told_count - 1) % 16];
    return told_count != 0 && last->kind == kind && last->index == index && last->count == count;
}

static void watchers_are_told_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 3);
    weft_ref *item = numbered_make(self, 9);
    weft_list_set_watcher(tell);
    told_count = 0;
    CHECK(weft_list_append(self, list, item) == WEFT_LIST_OK);
    CHECK(told_count == 0);
    CHECK(weft_list_watch(self, list, true) == WEFT_LIST_OK);
    CHECK(weft_list_append(self, list, item) == WEFT_LIST_OK);
    CHECK(told_count == 1 && told_of == list && was_told(WEFT_LIST_ADDED, 4, 1));
    CHECK(weft_list_set(self, list, -1, item) == WEFT_LIST_OK && was_told(WEFT_LIST_SET, 4, 1));
    CHECK(weft_list_insert(self, list, 1, item) == WEFT_LIST_OK && was_told(WEFT_LIST_ADDED, 1, 1));
    CHECK(weft_list_delete(self, list, 0) == WEFT_LIST_OK && was_told(WEFT_LIST_REMOVED, 0, 1));
    CHECK(weft_list_reverse(self, list) == WEFT_LIST_OK && was_told(WEFT_LIST_REPLACED, 0, 5));
    CHECK(weft_list_sort(self, list, by_tens, NULL) == WEFT_LIST_OK &&
          was_told(WEFT_LIST_REPLACED, 0, 5));
    CHECK(told_count == 6);
    CHECK(weft_list_set(self, list, 50, item) == WEFT_LIST_RANGE && told_count == 6);
    CHECK(weft_list_clear(self, list) == WEFT_LIST_OK && was_told(WEFT_LIST_REMOVED, 0, 5));
    CHECK(weft_list_watch(self, list, false) == WEFT_LIST_OK);
    CHECK(weft_list_append(self, list, item) == WEFT_LIST_OK && told_count == 7);
    weft_list_set_watcher(NULL);
    weft_ref_decref(self, item);
    list_drop(self, list);
}
BOTH(watchers_are_told)

static int add_up(void *argument, weft_ref *item) {
    uint32_t *sum = argument;
    *sum += number_of(item);
    return number_of(item) == 3 ? -1 : 0;
}

static void collectors_traverse_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 3);
    uint32_t sum = 0;
    CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
    CHECK(weft_list_traverse(list, add_up, &sum) == WEFT_LIST_OK && sum == 3);
    weft_world_resume(self);
    CHECK(list_add(self, list, 3) == WEFT_LIST_OK && list_add(self, list, 9) == WEFT_LIST_OK);
    CHECK(weft_list_traverse(list, add_up, &sum) == WEFT_LIST_STOPPED && sum == 9);
    list_drop(self, list);
}
BOTH(collectors_traverse)

/* A list that contains itself: only a collector's clear ends that. */
static void clear_ends_cycles_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_make(self, discipline);
    CHECK(weft_list_append(self, list, &list->head) == WEFT_LIST_OK);
    list_drop(self, list);
    CHECK(list_objects(self) == 1);
    CHECK(weft_list_clear(self, list) == WEFT_LIST_OK);
}
BOTH(clear_ends_cycles)

static weft_thread *misuser;
static void append_null(void *argument) {
    (void)weft_list_append(misuser, argument, NULL);
}
static void borrow_prompt(void *argument) {
    (void)weft_list_borrow(misuser, argument, 0);
}
static void step_zero(void *argument) {
    (void)weft_list_get_slice(misuser, argument, (weft_list_slice){0, 1, 0}, argument);
}
static void snapshot_other(void *argument) {
    weft_list other;
    weft_list_init(misuser, &other, WEFT_LIST_DEFERRED);
    (void)weft_list_snapshot(misuser, argument, &other);
}

static void misuse_is_fatal(void) {
    misuser = list_begin();
    weft_list *list = list_of(misuser, WEFT_LIST_PROMPT, 2);
    CHECK(scenario_is_fatal(append_null, list, "NULL for an item", NULL));
    CHECK(scenario_is_fatal(borrow_prompt, list, "borrow from a list", NULL));
    CHECK(scenario_is_fatal(snapshot_other, list, "other discipline", NULL));
    CHECK(scenario_is_fatal(step_zero, list, "step 0", NULL));
    list_drop(misuser, list);
    list_end(misuser);
}

#if WEFT_CHECKED
/* Every call that may detach ends the caller's borrows, though it did not need to. */
static void calls_that_may_detach_end_borrows_in(weft_thread *self,
                                                 weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 3);
    weft_list_iterator iterator;
    size_t found;
    borrow of = {self, weft_qsbr_borrow_stamp(self)};
    CHECK(weft_list_version(list) != 0);
    use(&of);
    weft_ref *item = weft_list_get(self, list, 1);
    CHECK(has_ended(&of));
    CHECK(weft_list_get(self, list, 9) == NULL && has_ended(&of));
    CHECK(weft_list_len(self, list) == 3 && has_ended(&of));
    CHECK(weft_list_index(self, list, item, 0, WEFT_LIST_LAST, NULL, NULL, &found) == WEFT_LIST_OK);
    CHECK(has_ended(&of));
    weft_ref_decref(self, item);
    weft_list_iterate(self, list, true, &iterator);
    CHECK(has_ended(&of));
    CHECK(weft_list_next(self, &iterator, &item) == WEFT_LIST_OK && has_ended(&of));
    CHECK(weft_list_append(self, list, item) == WEFT_LIST_OK && has_ended(&of));
    CHECK(weft_list_extend(self, list, NULL, 0) == WEFT_LIST_OK && has_ended(&of));
    CHECK(weft_list_snapshot(self, list, list) == WEFT_LIST_OK && has_ended(&of));
    weft_ref_decref(self, item);
    list_drop(self, list);
}
BOTH(calls_that_may_detach_end_borrows)
#endif

/* ---- memory that runs out -------------------------------------------------------------------------- */

typedef struct starved {
    weft_thread *self;
    weft_list *list;
    weft_list *other;
    weft_ref *item;
    int kind;
} starved;

static int by_number(weft_thread *self, void *argument, weft_ref *left, weft_ref *right) {
    (void)self;
    (void)argument;
    return number_of(left) < number_of(right);
}

static weft_list_result starved_append(starved *s) {
    return weft_list_append(s->self, s->list, s->item);
}
static weft_list_result starved_extend(starved *s) {
    return weft_list_extend_list(s->self, s->list, s->other);
}
static weft_list_result starved_set(starved *s) {
    return weft_list_set(s->self, s->list, 1, s->item);
}
static weft_list_result starved_insert(starved *s) {
    return weft_list_insert(s->self, s->list, 1, s->item);
}
static weft_list_result starved_delete(starved *s) {
    return weft_list_delete(s->self, s->list, 1);
}
static weft_list_result starved_pop(starved *s) {
    return weft_list_delete(s->self, s->list, -1);
}
static weft_list_result starved_pop_first(starved *s) {
    return weft_list_delete(s->self, s->list, 0);
}
static weft_list_result starved_clear(starved *s) {
    return weft_list_clear(s->self, s->list);
}
static weft_list_result starved_reserve(starved *s) {
    return weft_list_reserve(s->self, s->list, 100);
}
static weft_list_result starved_reverse(starved *s) {
    return weft_list_reverse(s->self, s->list);
}
static weft_list_result starved_sort(starved *s) {
    return weft_list_sort(s->self, s->list, by_number, NULL);
}
static weft_list_result starved_set_slice(starved *s) {
    return weft_list_set_slice(s->self, s->list, (weft_list_slice){1, 2, 1}, &s->item, 1);
}
static weft_list_result starved_set_steps(starved *s) {
    return weft_list_set_slice(s->self, s->list, (weft_list_slice){1, 2, 2}, &s->item, 1);
}
static weft_list_result starved_delete_slice(starved *s) {
    return weft_list_delete_slice(s->self, s->list, (weft_list_slice){0, 3, 2});
}
static weft_list_result starved_copy(starved *s) {
    return weft_list_copy(s->self, s->other, s->list);
}
static weft_list_result starved_snapshot(starved *s) {
    return weft_list_snapshot(s->self, s->other, s->list);
}

static weft_list_result (*const STARVED[])(starved *s) = {
    starved_append,    starved_extend,       starved_set,       starved_insert,
    starved_delete,    starved_pop,          starved_pop_first, starved_clear,
    starved_reserve,   starved_reverse,      starved_sort,      starved_set_slice,
    starved_set_steps, starved_delete_slice, starved_copy,      starved_snapshot,
};

/* What the list is: a full array that is private, shared, or frozen; one whose first was popped when it was shared (FENCED), or
 * before (it only moves). */
enum { PRIVATE, SHARED, FROZEN, FENCED, MOVES, KINDS };

static void pop_an_added_first(starved *s) {
    CHECK(weft_list_insert(s->self, s->list, 0, s->item) == WEFT_LIST_OK);
    if (s->kind == FENCED) {
        CHECK(weft_list_set_shared(s->self, s->list) == WEFT_LIST_OK);
    }
    CHECK(weft_list_delete(s->self, s->list, 0) == WEFT_LIST_OK);
}

static void make_starved(starved *s, weft_list_discipline discipline, weft_list **holder) {
    s->list = list_of(s->self, discipline, 5);
    s->other = list_of(s->self, discipline, 20);
    s->item = numbered_make(s->self, 9);
    *holder = list_make(s->self, discipline);
    weft_list *exact = list_make(s->self, discipline);
    CHECK(weft_list_copy(s->self, s->list, exact) == WEFT_LIST_OK);
    list_drop(s->self, s->list);
    s->list = exact;
    if (s->kind == FENCED || s->kind == MOVES) {
        pop_an_added_first(s);
    }
    if (s->kind == SHARED || s->kind == MOVES) {
        CHECK(weft_list_set_shared(s->self, s->list) == WEFT_LIST_OK);
    } else if (s->kind == FROZEN) {
        CHECK(weft_list_snapshot(s->self, s->list, *holder) == WEFT_LIST_OK);
    }
}

/* The operation with the n-th allocation failing, for every n until none fails. */
static void starve(weft_thread *self, weft_list_discipline discipline, int kind,
                   weft_list_result (*run)(starved *s)) {
    bool failed = true;
    for (uint64_t n = 0; failed; n++) {
        starved s = {.self = self, .kind = kind};
        weft_list *holder;
        make_starved(&s, discipline, &holder);
        uint64_t version = weft_list_version(s.list);
        (void)weft_thread_safepoint(self); /* reserves are full */
        list_fail_after(n);
        weft_list_result result = run(&s);
        failed = list_failures() != 0;
        list_fail_after(UINT64_MAX);
        CHECK(result == WEFT_LIST_OK || (failed && result == WEFT_LIST_NO_MEMORY));
        if (result == WEFT_LIST_NO_MEMORY) {
            CHECK(IS(self, s.list, 0, 1, 2, 3, 4));
            CHECK(weft_list_version(s.list) == version);
        }
        if (kind == FROZEN) {
            CHECK(IS(self, holder, 0, 1, 2, 3, 4));
        }
        list_drop(self, s.list);
        list_drop(self, s.other);
        list_drop(self, holder);
        weft_ref_decref(self, s.item);
        CHECK(list_objects(self) == 0);
    }
}

static void allocation_failure_at_every_allocation_in(weft_thread *self,
                                                      weft_list_discipline discipline) {
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t i = 0; i < sizeof STARVED / sizeof STARVED[0]; i++) {
            starve(self, discipline, kind, STARVED[i]);
        }
    }
}
BOTH(allocation_failure_at_every_allocation)

/* Elements lost when growth fails (ck 217). */
static void regression_ck_217_growth_fails_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_make(self, discipline);
    uint32_t next = 0;
    unsigned failures = 0;
    while (next < 300) {
        list_fail_after(0);
        weft_list_result result = list_add(self, list, next);
        list_fail_after(UINT64_MAX);
        if (result == WEFT_LIST_NO_MEMORY) {
            failures++;
            CHECK(weft_list_len(self, list) == next);
            CHECK(next == 0 || list_at(self, list, -1) == next - 1);
            CHECK(list_add(self, list, next) == WEFT_LIST_OK);
        }
        next++;
    }
    for (uint32_t i = 0; i < 300; i++) {
        CHECK(list_at(self, list, (intptr_t)i) == i);
    }
    CHECK(failures > 5);
    list_drop(self, list);
}
BOTH(regression_ck_217_growth_fails)

/* ---- operation sequences beside their model --------------------------------------------------------- */

#define MODEL_BYTES 4000U

static void fill_random(uint8_t *bytes, uint64_t *random) {
    for (size_t i = 0; i < MODEL_BYTES; i++) {
        bytes[i] = (uint8_t)(scenario_random(random) >> 40);
    }
}

static void model_in(weft_thread *self, weft_list_discipline discipline) {
#if WEFT_TSAN || defined(__SANITIZE_ADDRESS__)
    unsigned sequences = 100;
#else
    unsigned sequences = 1000; /* a million operations */
#endif
    sequences = scenario_model_sequences(sequences);
    const bool longer = getenv("STRESS_SECONDS") != NULL;
    uint64_t until = scenario_now_ns() + scenario_stress_ns();
    uint64_t random = longer ? scenario_seed() : 20240607;
    static uint8_t bytes[MODEL_BYTES];
    for (unsigned i = 0; i < sequences || (longer && scenario_now_ns() < until); i++) {
        fill_random(bytes, &random);
        if (list_model_run(self, discipline, bytes, MODEL_BYTES) != 0) {
            size_t size = list_model_shrink(self, discipline, bytes, MODEL_BYTES);
            list_model_print(bytes, size);
            CHECK_UNREACHED("the list differs from its model after these operations");
            return;
        }
    }
}

static void model_millions_of_random_operations(void) {
    list_with_both(model_in);
}

static void failing_sequences_shrink(void) {
    weft_thread *self = list_begin();
    static uint8_t bytes[MODEL_BYTES];
    uint64_t random = 7;
    fill_random(bytes, &random);
    list_model_sabotage = 12; /* reverse */
    CHECK(list_model_run(self, WEFT_LIST_DEFERRED, bytes, MODEL_BYTES) != 0);
    size_t size = list_model_shrink(self, WEFT_LIST_DEFERRED, bytes, MODEL_BYTES);
    CHECK(list_model_run(self, WEFT_LIST_DEFERRED, bytes, size) != 0);
    CHECK(size / LIST_MODEL_STEP >= 2 && size / LIST_MODEL_STEP <= 4);
    list_model_sabotage = 0;
    CHECK(list_model_run(self, WEFT_LIST_DEFERRED, bytes, size) == 0);
    list_end(self);
}

const scenario list_scenarios[] = {
    {"AnEmptyList", an_empty_list},
    {"Indices", indices},
    {"SlicesAreAsInPython", slices_are_as_in_python},
    {"AListExtendsItself", a_list_extends_itself},
    {"SortIsStable", sort_is_stable},
    {"SortThatIsStoppedOrOvertaken", sort_that_is_stopped_or_overtaken},
    {"Iteration", iteration},
    {"StrictIterationNoticesAChangeAndBack", strict_iteration_notices_a_change_and_back},
    {"IndexFinds", index_finds},
    {"PromptListsDropAtOnce", prompt_lists_drop_at_once},
    {"DeferredListsDropAfterAGracePeriod", deferred_lists_drop_after_a_grace_period},
    {"Snapshots", snapshots},
    {"EveryChangeOfAFrozenListCopies", every_change_of_a_frozen_list_copies},
    {"AQueueStaysSmall", a_queue_stays_small},
    {"ADirectReaderIsNotMisled", a_direct_reader_is_not_misled},
    {"ASetAfterTheFirstWasPoppedCopies", a_set_after_the_first_was_popped_copies},
    {"PopsGiveMemoryBack", pops_give_memory_back},
    {"ReserveMakesRoom", reserve_makes_room},
    {"ItemsOfSharedListsAreFlagged", items_of_shared_lists_are_flagged},
    {"WatchersAreTold", watchers_are_told},
    {"CollectorsTraverse", collectors_traverse},
    {"ClearEndsCycles", clear_ends_cycles},
    {"MisuseIsFatal", misuse_is_fatal},
#if WEFT_CHECKED
    {"CallsThatMayDetachEndBorrows", calls_that_may_detach_end_borrows},
#endif
    {"AllocationFailureAtEveryAllocation", allocation_failure_at_every_allocation},
    {"RegressionCk217GrowthFails", regression_ck_217_growth_fails},
    {"ModelMillionsOfRandomOperations", model_millions_of_random_operations},
    {"FailingSequencesShrink", failing_sequences_shrink},
    {NULL, NULL},
};
