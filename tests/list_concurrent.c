#define _POSIX_C_SOURCE 200809L
#include "list_scenarios.h"

#include "linearize_list.h"
#include "list_support.h"
#include "weft_critical.h"
#include "weft_host.h"
#include "weft_qsbr.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* ---- threads --------------------------------------------------------------------------------------- */

/* A thread of the runtime that does one thing until it has done it, or is told to stop. */
typedef struct worker {
    scenario_thread thread;
    weft_runtime *runtime;
    weft_thread *self;
    void (*work)(struct worker *one);
    weft_list *list;
    weft_atomic_u32 ready;
    weft_atomic_u32 stop;
    uint64_t random;
    uint32_t number;
    uint32_t high; /* what a reader may meet is below */
    uint64_t done;
} worker;

static void worker_run(void *argument) {
    worker *one = argument;
    CHECK(weft_thread_register(one->runtime, NULL, &one->self) == WEFT_THREAD_OK);
    CHECK(weft_thread_attach(one->self) == WEFT_THREAD_OK);
    weft_store_release_u32(&one->ready, 1);
    one->work(one);
    weft_thread_unregister(one->self);
}

static void start(worker *one, weft_thread *self, weft_list *list, void (*work)(worker *one)) {
    one->runtime = weft_thread_runtime(self);
    one->list = list;
    one->work = work;
    weft_store_relaxed_u32(&one->ready, 0);
    weft_store_relaxed_u32(&one->stop, 0);
    one->done = 0;
    scenario_start(&one->thread, worker_run, one);
    AWAIT(weft_load_acquire_u32(&one->ready) != 0);
}

static bool stopped(const worker *one) {
    return weft_load_acquire_u32(&one->stop) != 0;
}

static void finish(worker *one, weft_thread *self) {
    weft_store_release_u32(&one->stop, 1);
    weft_thread_detach(self);
    scenario_join(&one->thread);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
}

/* Somebody else does something to the list, from beginning to end. */
static void by_another(weft_thread *self, weft_list *list, void (*work)(worker *one)) {
    worker one = {.number = 0};
    start(&one, self, list, work);
    finish(&one, self);
}

static void breathe(weft_thread *self) {
    (void)weft_thread_safepoint(self);
    weft_qsbr_quiescent(self);
}

static uintptr_t tags_of(const weft_list *list) {
    return (uintptr_t)weft_load_acquire_ptr(&list->array) & WEFT_LIST_TAGS;
}

static bool is_private(const weft_list *list) {
    return (tags_of(list) & WEFT_LIST_PRIVATE) != 0;
}

static bool is_deferred(const weft_list *list) {
    return (tags_of(list) & WEFT_LIST_PROMPT_TAG) == 0;
}

/* ---- linearizability ------------------------------------------------------------------------------- */

enum { LIN_THREADS = 3, LIN_CALLS = 7 };

static linearize_history history;
static weft_atomic_u32 lin_round; /* the round that runs */
static weft_atomic_u32 lin_arrived;
static weft_atomic_u32 lin_done;
static weft_list *lin_list;

/* Calls that ask for an index first. */
static bool is_indexed(uint32_t kind) {
    return kind == LINEARIZE_GET || kind == LINEARIZE_POP_AT || kind == LINEARIZE_SET ||
           kind == LINEARIZE_INSERT || kind == LINEARIZE_SET_SLICE ||
           kind == LINEARIZE_DELETE_SLICE;
}

static int64_t number_and_drop(weft_thread *self, weft_ref *item) {
    if (item == NULL) {
        return -1;
    }
    int64_t number = number_of(item);
    weft_ref_decref(self, item);
    return number;
}

static int64_t read_one(worker *one, intptr_t index) {
    if (is_deferred(one->list) && scenario_random(&one->random) >> 63 != 0) {
        weft_ref *item = weft_list_borrow(one->self, one->list, index);
        if (item != NULL) {
            return number_of(item);
        }
    }
    return number_and_drop(one->self, weft_list_get(one->self, one->list, index));
}

/* By a snapshot, or by a strict iteration, again until it is of one list. */
static int64_t add_up(worker *one) {
    weft_thread *self = one->self;
    weft_list *list = one->list;
    weft_list *frozen = NULL;
    weft_list_iterator iterator;
    weft_list_result result;
    int64_t sum;
    if (scenario_random(&one->random) >> 63 != 0) {
        frozen = list_make(self, is_deferred(list) ? WEFT_LIST_DEFERRED : WEFT_LIST_PROMPT);
        CHECK(weft_list_snapshot(self, list, frozen) == WEFT_LIST_OK);
    }
    do {
        weft_ref *item;
        int64_t place = 0;
        sum = 0;
        weft_list_iterate(self, frozen != NULL ? frozen : list, true, &iterator);
        while ((result = weft_list_next(self, &iterator, &item)) == WEFT_LIST_OK) {
            sum += ++place * number_and_drop(self, item);
        }
    } while (result == WEFT_LIST_CHANGED);
    if (frozen != NULL) {
        list_drop(self, frozen);
    }
    return sum;
}

static int is_greater(weft_thread *self, void *unused, weft_ref *left, weft_ref *right) {
    (void)self;
    (void)unused;
    if (number_of(left) % 4 == 0) {
        sched_yield(); /* others may change the list meanwhile */
    }
    return number_of(left) > number_of(right) ? 1 : 0;
}

/* `fresh`, and the item behind it, are put in. */
static weft_list_result change_by_two(worker *one, const linearize_call *call, weft_ref *fresh) {
    weft_ref *both[] = {fresh, numbered_make(one->self, number_of(fresh) + 1)};
    weft_list_slice slice = {(intptr_t)call->first, (intptr_t)call->first + 1, 1};
    weft_list_result result = call->kind == LINEARIZE_EXTEND
                                  ? weft_list_extend(one->self, one->list, both, 2)
                                  : weft_list_set_slice(one->self, one->list, slice, both, 2);
    weft_ref_decref(one->self, both[1]);
    return result;
}

static weft_list_result become(worker *one, weft_ref *only) {
    weft_list *frozen =
        list_make(one->self, is_deferred(one->list) ? WEFT_LIST_DEFERRED : WEFT_LIST_PROMPT);
    CHECK(weft_list_append(one->self, frozen, only) == WEFT_LIST_OK);
    weft_list_result result = weft_list_snapshot(one->self, frozen, one->list);
    list_drop(one->self, frozen);
    return result;
}

/* Changes of several items at once. */
static int64_t change_many(worker *one, const linearize_call *call, weft_ref *fresh) {
    weft_list_slice slice = {(intptr_t)call->first, WEFT_LIST_LAST, (intptr_t)call->second};
    weft_list_result result;
    switch (call->kind) {
    case LINEARIZE_REVERSE:
        result = weft_list_reverse(one->self, one->list);
        break;
    case LINEARIZE_SORT:
        result = weft_list_sort(one->self, one->list, is_greater, NULL);
        if (result == WEFT_LIST_CHANGED) {
            return -1;
        }
        break;
    case LINEARIZE_DELETE_SLICE:
        result = weft_list_delete_slice(one->self, one->list, slice);
        break;
    case LINEARIZE_BECOME:
        result = become(one, fresh);
        break;
    case LINEARIZE_CLEAR:
        result = weft_list_clear(one->self, one->list);
        break;
    default:
        result = change_by_two(one, call, fresh);
        break;
    }
    CHECK(result == WEFT_LIST_OK);
    return 0;
}

static int64_t change(worker *one, const linearize_call *call) {
    weft_thread *self = one->self;
    weft_list *list = one->list;
    weft_ref *item = NULL;
    weft_ref *fresh =
        numbered_make(self, (uint32_t)(is_indexed(call->kind) ? call->second : call->first));
    int64_t result = 0;
    switch (call->kind) {
    case LINEARIZE_APPEND:
        CHECK(weft_list_append(self, list, fresh) == WEFT_LIST_OK);
        break;
    case LINEARIZE_POP:
        (void)weft_list_pop(self, list, -1, &item);
        result = number_and_drop(self, item);
        break;
    case LINEARIZE_POP_AT:
        (void)weft_list_pop(self, list, (intptr_t)call->first, &item);
        result = number_and_drop(self, item);
        break;
    case LINEARIZE_SET:
        result = weft_list_set(self, list, (intptr_t)call->first, fresh) == WEFT_LIST_OK ? 0 : -1;
        break;
    case LINEARIZE_INSERT:
        CHECK(weft_list_insert(self, list, (intptr_t)call->first, fresh) == WEFT_LIST_OK);
        break;
    default:
        result = change_many(one, call, fresh);
        break;
    }
    weft_ref_decref(self, fresh);
    return result;
}

static uint32_t choose(worker *one) {
    /* What leaves little of the list now and then only: it has little to say then. */
    uint32_t kind = (uint32_t)(scenario_random(&one->random) >> 33) % LINEARIZE_LIST_KINDS;
    bool empties =
        kind == LINEARIZE_CLEAR || kind == LINEARIZE_BECOME || kind == LINEARIZE_DELETE_SLICE;
    return empties && scenario_random(&one->random) >> 62 != 0 ? LINEARIZE_GET : kind;
}

static void one_call(worker *one) {
    uint32_t kind = choose(one);
    int64_t number = (int64_t)(scenario_random(&one->random) >> 33) % 60000 + 1;
    int64_t index = (int64_t)(scenario_random(&one->random) >> 33) % 4;
    bool indexed = is_indexed(kind);
    if (kind == LINEARIZE_DELETE_SLICE) {
        number = number % 2 + 1; /* the step */
    }
    linearize_call *call = linearize_call_begin(&history, one->number, kind,
                                                indexed ? index : number, indexed ? number : 0);
    int64_t result;
    switch (kind) {
    case LINEARIZE_GET:
        result = read_one(one, (intptr_t)index);
        break;
    case LINEARIZE_LAST:
        result = read_one(one, -1);
        break;
    case LINEARIZE_LEN:
        result = (int64_t)weft_list_len(one->self, one->list);
        break;
    case LINEARIZE_SUM:
        result = add_up(one);
        break;
    default:
        result = change(one, call);
        break;
    }
    linearize_call_end(&history, call, result);
}

static void lin_worker(worker *one) {
    uint32_t round = 0;
    while (!stopped(one)) {
        if (weft_load_acquire_u32(&lin_round) == round) {
            breathe(one->self);
            sched_yield();
            continue;
        }
        round++;
        one->list = lin_list;
        weft_fetch_add_acq_rel_u32(&lin_arrived, 1);
        for (unsigned spins = 0; spins < 1000 && weft_load_acquire_u32(&lin_arrived) < LIN_THREADS;
             spins++) {
            weft_spin_pause();
        }
        for (unsigned i = 0; i < LIN_CALLS; i++) {
            one_call(one);
            if (scenario_random(&one->random) >> 61 == 0) {
                sched_yield();
            }
        }
        weft_fetch_add_acq_rel_u32(&lin_done, 1);
    }
}

static linearize_list lin_initial(weft_thread *self, uint32_t count) {
    linearize_list initial = {0};
    for (uint32_t i = 0; i < count; i++) {
        CHECK(list_add(self, lin_list, i + 1) == WEFT_LIST_OK);
        initial.items[i] = (uint16_t)(i + 1);
    }
    initial.count = (uint16_t)count;
    return initial;
}

/* Starts a round and waits for its end. In every other one the list is private to this thread still. */
static bool lin_one_round(weft_thread *self, weft_list_discipline discipline, uint32_t round) {
    lin_list = list_make(self, discipline);
    linearize_list initial = lin_initial(self, round % 5);
    if (round % 2 != 0) {
        CHECK(weft_list_set_shared(self, lin_list) == WEFT_LIST_OK);
    }
    linearize_begin(&history, LIN_THREADS);
    weft_store_relaxed_u32(&lin_arrived, 0);
    weft_store_relaxed_u32(&lin_done, 0);
    weft_fetch_add_release_u32(&lin_round, 1);
    weft_thread_detach(self);
    AWAIT(weft_load_acquire_u32(&lin_done) == LIN_THREADS);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    bool good = linearize_list_check(&initial, &history);
    if (!good) {
        linearize_print(&linearize_list_model, &history);
    }
    list_drop(self, lin_list);
    return good;
}

static void linearizable_in(weft_thread *self, weft_list_discipline discipline) {
    static worker workers[LIN_THREADS];
    uint64_t seed = getenv("STRESS_SECONDS") != NULL ? scenario_seed() : 4711;
    uint64_t until = scenario_now_ns() + scenario_stress_ns();
    weft_store_relaxed_u32(&lin_round, 0);
    for (uint32_t i = 0; i < LIN_THREADS; i++) {
        memset(&workers[i], 0, sizeof workers[i]);
        workers[i].number = i;
        workers[i].random = seed + i * 7919;
        start(&workers[i], self, NULL, lin_worker);
    }
    bool good = true;
    for (uint32_t round = 1; good && (round <= 300 || scenario_now_ns() < until); round++) {
        good = lin_one_round(self, discipline, round);
    }
    CHECK(good);
    for (uint32_t i = 0; i < LIN_THREADS; i++) {
        finish(&workers[i], self);
    }
}

static void linearizable(void) {
    list_with_both(linearizable_in);
}

/* ---- private and shared ---------------------------------------------------------------------------- */

static void reads_get(worker *one) {
    CHECK(list_at(one->self, one->list, 1) == 1);
}
static void reads_last(worker *one) {
    CHECK(list_at(one->self, one->list, -1) == 2);
}
static void reads_nothing(worker *one) {
    CHECK(weft_list_get(one->self, one->list, 99) == NULL);
}
static void reads_len(worker *one) {
    CHECK(weft_list_len(one->self, one->list) == 3);
}
static void reads_borrowed(worker *one) {
    if (is_deferred(one->list)) {
        weft_ref *item = weft_list_borrow(one->self, one->list, 1);
        CHECK(item != NULL && number_of(item) == 1);
    } else {
        reads_get(one);
    }
}
static void reads_iterating(worker *one) {
    weft_list_iterator iterator;
    weft_ref *item;
    weft_list_iterate(one->self, one->list, true, &iterator);
    CHECK(weft_list_next(one->self, &iterator, &item) == WEFT_LIST_OK);
    weft_ref_decref(one->self, item);
}
static void reads_index(worker *one) {
    size_t found;
    CHECK(weft_list_index(one->self, one->list, &one->list->head, 0, WEFT_LIST_LAST, NULL, NULL,
                          &found) == WEFT_LIST_RANGE);
}
static void reads_slice(worker *one) {
    weft_list *part = list_make(one->self, WEFT_LIST_DEFERRED);
    CHECK(weft_list_get_slice(one->self, one->list, (weft_list_slice){0, 2, 1}, part) ==
          WEFT_LIST_OK);
    CHECK(weft_list_len(one->self, part) == 2);
    list_drop(one->self, part);
}
static void reads_to_extend(worker *one) {
    weft_list *other = list_make(one->self, WEFT_LIST_DEFERRED);
    CHECK(weft_list_extend_list(one->self, other, one->list) == WEFT_LIST_OK);
    CHECK(weft_list_len(one->self, other) == 3);
    list_drop(one->self, other);
}
static void writes(worker *one) {
    CHECK(list_add(one->self, one->list, 3) == WEFT_LIST_OK);
}

/* One look-up path forgot to mark the table shared, and a resize freed it (CPython 144295): whatever another thread does first,
 * the list is shared afterwards, and its items are flagged. */
static void regression_cpython_144295_in(weft_thread *self, weft_list_discipline discipline) {
    static void (*const PATHS[])(worker *one) = {
        reads_get,       reads_last,  reads_nothing, reads_len,       reads_borrowed,
        reads_iterating, reads_index, reads_slice,   reads_to_extend, writes,
    };
    for (size_t i = 0; i < sizeof PATHS / sizeof PATHS[0]; i++) {
        weft_list *list = list_of(self, discipline, 3);
        CHECK(is_private(list));
        by_another(self, list, PATHS[i]);
        CHECK(!is_private(list));
        for (intptr_t k = 0; k < 3; k++) {
            weft_ref *item = weft_list_get(self, list, k);
            CHECK((weft_load_relaxed_uptr(&item->shared) & WEFT_REF_MAYBE_SHARED) != 0);
            weft_ref_decref(self, item);
        }
        list_drop(self, list);
    }
}
static void regression_cpython_144295_lookup_that_does_not_share(void) {
    list_with_both(regression_cpython_144295_in);
}

static weft_atomic_u32 holds_lock;

/* Holds the list's lock until the owner waits for it; then another thread's read shares the list under it. */
static void shares_while_the_owner_waits(worker *one) {
    weft_critical section;
    weft_thread *owner = weft_thread_by_id(
        (uint16_t)(weft_load_relaxed_u32(&one->list->head.local) & WEFT_REF_OWNER));
    weft_critical_begin(one->self, &section, &one->list->head.mutex);
    weft_store_release_u32(&holds_lock, 1);
    AWAIT(!weft_thread_is_attached(owner));
    CHECK(is_private(one->list));
    CHECK(list_at(one->self, one->list, 0) == 0);
    CHECK(!is_private(one->list));
    weft_critical_end(one->self, &section);
}

static void private_to_shared_under_a_waiting_owner_in(weft_thread *self,
                                                       weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 4);
    worker one = {.number = 0};
    void *array = weft_load_relaxed_ptr(&list->array);
    (void)array;
    weft_store_relaxed_u32(&holds_lock, 0);
    start(&one, self, list, shares_while_the_owner_waits);
    AWAIT(weft_load_acquire_u32(&holds_lock) != 0);
    weft_ref *item = numbered_make(self, 9);
    CHECK(weft_list_insert(self, list, 1, item) == WEFT_LIST_OK);
    CHECK((weft_load_relaxed_uptr(&item->shared) & WEFT_REF_MAYBE_SHARED) != 0);
    CHECK(!is_private(list));
    finish(&one, self);
    CHECK(list_is(self, list, (const uint32_t[]){0, 9, 1, 2, 3}, 5));
    weft_ref_decref(self, item);
    list_drop(self, list);
}
static void private_to_shared_under_a_waiting_owner(void) {
    list_with_both(private_to_shared_under_a_waiting_owner_in);
}

static void borrows_while_locked(worker *one) {
    CHECK(weft_list_borrow(one->self, one->list, 0) == NULL);
    CHECK(is_private(one->list));
    weft_store_release_u32(&holds_lock, 0);
}

/* A borrow never waits. */
static void borrow_of_a_locked_private_list_fails(void) {
    weft_thread *self = list_begin();
    weft_list *list = list_of(self, WEFT_LIST_DEFERRED, 2);
    weft_critical section;
    worker one = {.number = 0};
    weft_critical_begin(self, &section, &list->head.mutex);
    weft_store_relaxed_u32(&holds_lock, 1);
    start(&one, self, list, borrows_while_locked);
    AWAIT(weft_load_acquire_u32(&holds_lock) == 0);
    weft_critical_end(self, &section);
    finish(&one, self);
    by_another(self, list, reads_borrowed);
    CHECK(!is_private(list));
    list_drop(self, list);
    CHECK(list_objects(self) == 0);
    list_end(self);
}

static void makes_a_list(worker *one) {
    one->list = list_of(one->self, WEFT_LIST_DEFERRED, 2);
}

static void a_list_of_a_thread_that_has_gone(void) {
    weft_thread *self = list_begin();
    worker one = {.number = 0};
    start(&one, self, NULL, makes_a_list);
    finish(&one, self);
    weft_list *list = one.list;
    CHECK(is_private(list));
    CHECK(list_is(self, list, (const uint32_t[]){0, 1}, 2));
    CHECK(!is_private(list));
    CHECK(list_add(self, list, 2) == WEFT_LIST_OK);
    list_drop(self, list);
    CHECK(list_objects(self) == 0);
    list_end(self);
}

/* The optimistic path always failed because nothing set the flag it needs (CPython 124642). */
static void reads_fast(worker *one) {
    weft_list_statistics before;
    weft_list_statistics after;
    bool borrows = is_deferred(one->list);
    CHECK(weft_list_peek(one->self, one->list, 0) == NULL); /* private to another thread */
    CHECK(list_at(one->self, one->list, 0) == 0);
    weft_list_get_statistics(&before);
    for (intptr_t i = 0; i < 3000; i++) {
        CHECK((weft_list_peek(one->self, one->list, (size_t)i % 3) != NULL) == borrows);
        CHECK(list_at(one->self, one->list, i % 3) == (uint32_t)i % 3);
        CHECK(!borrows || weft_list_borrow(one->self, one->list, i % 3) != NULL);
        CHECK(weft_list_len(one->self, one->list) == 3);
    }
    weft_list_get_statistics(&after);
    CHECK(after.slow_reads == before.slow_reads);
    CHECK(after.locked_reads == before.locked_reads);
#if WEFT_STATISTICS
    CHECK(before.slow_reads > 0 && before.locked_reads > 0 && before.shares > 0);
#endif
}

static void fast_path_in(weft_thread *self, weft_list_discipline discipline) {
    weft_list *list = list_of(self, discipline, 3);
    /* Its owner reads it so. */
    CHECK((weft_list_peek(self, list, 2) != NULL) == (discipline == WEFT_LIST_DEFERRED));
    weft_list_statistics before;
    weft_list_statistics after;
    weft_list_get_statistics(&before);
    CHECK(list_at(self, list, 2) == 2);
    weft_list_get_statistics(&after);
    CHECK(after.slow_reads == before.slow_reads);
    by_another(self, list, reads_fast);
    list_drop(self, list);
    CHECK(list_objects(self) == 0);
}

static void regression_cpython_124642_fast_path_never_taken(void) {
    list_with_both(fast_path_in);
}

/* ---- readers against every mutator ----------------------------------------------------------------- */

/* Reads all the time, in every way; what it finds is alive and one of the list's. */
static void reads_always(worker *one) {
    weft_thread *self = one->self;
    weft_list *list = one->list;
    bool borrows = is_deferred(list);
    while (!stopped(one)) {
        for (intptr_t i = -3; i < 8; i++) {
            weft_ref *item = weft_list_get(self, list, i);
            CHECK(item == NULL || number_of(item) < one->high);
            if (item != NULL) {
                weft_ref_decref(self, item);
            }
            item = borrows ? weft_list_borrow(self, list, i) : NULL;
            CHECK(item == NULL || number_of(item) < one->high);
        }
        weft_list_iterator iterator;
        weft_ref *item;
        weft_list_iterate(self, list, one->done % 2 != 0, &iterator);
        while (weft_list_next(self, &iterator, &item) == WEFT_LIST_OK) {
            CHECK(number_of(item) < one->high);
            weft_ref_decref(self, item);
        }
        one->done++;
        breathe(self);
    }
}

static int by_number(weft_thread *self, void *argument, weft_ref *left, weft_ref *right) {
    (void)self;
    (void)argument;
    return number_of(left) < number_of(right);
}

typedef struct mutator {
    const char *name;
    void (*run)(weft_thread *self, weft_list *list, weft_list *other, weft_ref *item);
} mutator;

/* Each leaves a list of about eight items. */
static void mutate_append(weft_thread *self, weft_list *list, weft_list *other, weft_ref *item) {
    (void)other;
    CHECK(weft_list_append(self, list, item) == WEFT_LIST_OK);
    CHECK(weft_list_delete(self, list, -1) == WEFT_LIST_OK);
}
static void mutate_grow(weft_thread *self, weft_list *list, weft_list *other, weft_ref *item) {
    (void)item;
    CHECK(weft_list_extend_list(self, list, other) == WEFT_LIST_OK);
    CHECK(weft_list_reserve(self, list, 64) == WEFT_LIST_OK);
    CHECK(weft_list_delete_slice(self, list, (weft_list_slice){8, WEFT_LIST_LAST, 1}) ==
          WEFT_LIST_OK);
}
static void mutate_set(weft_thread *self, weft_list *list, weft_list *other, weft_ref *item) {
    (void)other;
    weft_ref *fresh = numbered_make(self, number_of(item));
    CHECK(weft_list_set(self, list, 0, fresh) == WEFT_LIST_OK);
    CHECK(weft_list_set(self, list, -1, fresh) == WEFT_LIST_OK);
    weft_ref_decref(self, fresh);
}
static void mutate_insert(weft_thread *self, weft_list *list, weft_list *other, weft_ref *item) {
    (void)other;
    CHECK(weft_list_insert(self, list, 3, item) == WEFT_LIST_OK);
    CHECK(weft_list_delete(self, list, 4) == WEFT_LIST_OK);
}
static void mutate_queue(weft_thread *self, weft_list *list, weft_list *other, weft_ref *item) {
    (void)item;
    (void)other;
    weft_ref *first;
    CHECK(weft_list_pop(self, list, 0, &first) == WEFT_LIST_OK);
    CHECK(weft_list_append(self, list, first) == WEFT_LIST_OK);
    weft_ref_decref(self, first);
}
static void mutate_reverse(weft_thread *self, weft_list *list, weft_list *other, weft_ref *item) {
    (void)other;
    (void)item;
    CHECK(weft_list_reverse(self, list) == WEFT_LIST_OK);
}
static void mutate_sort(weft_thread *self, weft_list *list, weft_list *other, weft_ref *item) {
    (void)other;
    (void)item;
    CHECK(weft_list_reverse(self, list) == WEFT_LIST_OK);
    CHECK(weft_list_sort(self, list, by_number, NULL) == WEFT_LIST_OK);
}
static void mutate_slices(weft_thread *self, weft_list *list, weft_list *other, weft_ref *item) {
    (void)other;
    weft_ref *items[2] = {item, item};
    CHECK(weft_list_set_slice(self, list, (weft_list_slice){0, 3, 2}, items, 2) == WEFT_LIST_OK);
    CHECK(weft_list_set_slice(self, list, (weft_list_slice){2, 4, 1}, items, 2) == WEFT_LIST_OK);
}
static void mutate_clear(weft_thread *self, weft_list *list, weft_list *other, weft_ref *item) {
    (void)item;
    CHECK(weft_list_clear(self, list) == WEFT_LIST_OK);
    CHECK(weft_list_extend_list(self, list, other) == WEFT_LIST_OK);
}
static void mutate_copy(weft_thread *self, weft_list *list, weft_list *other, weft_ref *item) {
    (void)item;
    CHECK(weft_list_copy(self, other, list) == WEFT_LIST_OK);
}
static void mutate_snapshot(weft_thread *self, weft_list *list, weft_list *other, weft_ref *item) {
    CHECK(weft_list_snapshot(self, other, list) == WEFT_LIST_OK);
    CHECK(weft_list_set(self, list, 1, item) == WEFT_LIST_OK);
}

static const mutator MUTATORS[] = {
    {"append", mutate_append}, {"grow", mutate_grow},         {"set", mutate_set},
    {"insert", mutate_insert}, {"queue", mutate_queue},       {"reverse", mutate_reverse},
    {"sort", mutate_sort},     {"slices", mutate_slices},     {"clear", mutate_clear},
    {"copy", mutate_copy},     {"snapshot", mutate_snapshot},
};

static void readers_against_every_mutator_in(weft_thread *self, weft_list_discipline discipline) {
    enum { READERS = 2, CHANGES = 300 };
    static worker readers[READERS];
    for (size_t m = 0; m < sizeof MUTATORS / sizeof MUTATORS[0]; m++) {
        weft_list *list = list_of(self, discipline, 8);
        weft_list *other = list_of(self, discipline, 8);
        weft_ref *item = numbered_make(self, 9);
        for (unsigned i = 0; i < READERS; i++) {
            memset(&readers[i], 0, sizeof readers[i]);
            readers[i].high = 10;
            start(&readers[i], self, list, reads_always);
        }
        for (unsigned i = 0; i < CHANGES; i++) {
            MUTATORS[m].run(self, list, other, item);
            breathe(self);
        }
        for (unsigned i = 0; i < READERS; i++) {
            finish(&readers[i], self);
        }
        weft_ref_decref(self, item);
        list_drop(self, list);
        list_drop(self, other);
    }
}
static void readers_against_every_mutator(void) {
    list_with_both(readers_against_every_mutator_in);
}

/* The numbers of the list are consecutive at every moment. */
static void sees_no_tear(worker *one) {
    weft_thread *self = one->self;
    weft_list *copy =
        list_make(self, is_deferred(one->list) ? WEFT_LIST_DEFERRED : WEFT_LIST_PROMPT);
    while (!stopped(one)) {
        weft_list_iterator iterator;
        weft_list_result result;
        weft_ref *item;
        bool strict = one->done % 2 != 0;
        if (!strict) {
            CHECK(weft_list_snapshot(self, one->list, copy) == WEFT_LIST_OK);
        }
        uint32_t before = NUMBERED_DEAD;
        uint32_t count = 0;
        weft_list_iterate(self, strict ? one->list : copy, true, &iterator);
        while ((result = weft_list_next(self, &iterator, &item)) == WEFT_LIST_OK) {
            CHECK(before == NUMBERED_DEAD || number_of(item) == before + 1);
            before = number_of(item);
            count++;
            weft_ref_decref(self, item);
        }
        CHECK(strict || result == WEFT_LIST_RANGE);
        CHECK(result == WEFT_LIST_CHANGED || count == one->high || count == one->high + 1);
        one->done++;
        breathe(self);
    }
    list_drop(self, copy);
}

/* memmove tearing seen by readers without a lock (CPython 129069, 154756). */
static void regression_cpython_129069_in(weft_thread *self, weft_list_discipline discipline) {
    static worker reader;
    enum { CHANGES = 1000, ITEMS = 12 };
    weft_list *list = list_make(self, discipline);
    for (uint32_t i = 0; i < ITEMS; i++) {
        CHECK(list_add(self, list, CHANGES + i) == WEFT_LIST_OK);
    }
    memset(&reader, 0, sizeof reader);
    reader.high = ITEMS;
    start(&reader, self, list, sees_no_tear);
    for (uint32_t i = 1; i <= CHANGES; i++) {
        weft_ref *item = numbered_make(self, CHANGES - i);
        CHECK(weft_list_insert(self, list, 0, item) == WEFT_LIST_OK);
        CHECK(weft_list_delete(self, list, -1) == WEFT_LIST_OK);
        weft_ref_decref(self, item);
        breathe(self);
    }
    finish(&reader, self);
    list_drop(self, list);
}
static void regression_cpython_129069_154756_readers_see_tearing(void) {
    list_with_both(regression_cpython_129069_in);
}

/* Long shared lists are shifted in place: at index i stands i, i - 1 while there is one more in front. */
static void reads_a_long_list(worker *one) {
    weft_thread *self = one->self;
    while (!stopped(one)) {
        uint32_t i = (uint32_t)(scenario_random(&one->random) >> 33) % (one->high - 1);
        uint32_t number = list_at(self, one->list, (intptr_t)i);
        CHECK(number == i || number + 1 == i || (i == 0 && number == one->high));
        size_t size = weft_list_len(self, one->list);
        CHECK(size == one->high || size == one->high + 1);
        number = list_at(self, one->list, -1);
        CHECK(number == one->high - 1);
        if (is_deferred(one->list)) {
            weft_ref *item = weft_list_borrow(self, one->list, (intptr_t)i);
            number = item == NULL ? i : number_of(item);
            CHECK(number == i || number + 1 == i || (i == 0 && number == one->high));
        }
        breathe(self);
    }
}

static void long_lists_shift_in_place_in(weft_thread *self, weft_list_discipline discipline) {
    static worker readers[2];
    enum { LONG = 20000, CHANGES = WEFT_TSAN ? 20 : 100 };
    weft_list *list = list_of(self, discipline, LONG);
    CHECK(weft_list_set_shared(self, list) == WEFT_LIST_OK);
    CHECK(weft_list_reserve(self, list, LONG + 10) == WEFT_LIST_OK);
    void *array = NULL;
    void *before = weft_load_relaxed_ptr(&list->array);
    weft_list_array *direct = (void *)((uintptr_t)before & ~WEFT_LIST_TAGS);
    for (unsigned i = 0; i < 2; i++) {
        memset(&readers[i], 0, sizeof readers[i]);
        readers[i].random = 77 + i;
        readers[i].high = LONG;
        start(&readers[i], self, list, reads_a_long_list);
    }
    weft_ref *item = numbered_make(self, LONG);
    for (unsigned i = 0; i < CHANGES; i++) {
        weft_ref *popped;
        CHECK(weft_list_insert(self, list, 0, item) == WEFT_LIST_OK);
        if (i ==
            0) { /* the first copies, so that readers look twice from now on; who does not finds what was */
            array = weft_load_relaxed_ptr(&list->array);
            CHECK(array != before && number_of(weft_list_look(direct, LONG - 1)) == LONG - 1);
            CHECK(weft_list_look(direct, LONG) == NULL);
        }
        CHECK(weft_list_pop(self, list, 1, &popped) == WEFT_LIST_OK);
        CHECK(number_of(popped) == 0);
        CHECK(weft_list_set(self, list, 0, popped) == WEFT_LIST_OK);
        weft_ref_decref(self, popped);
        breathe(self);
    }
    CHECK(weft_load_relaxed_ptr(&list->array) == array);
    for (unsigned i = 0; i < 2; i++) {
        finish(&readers[i], self);
    }
    weft_ref_decref(self, item);
    list_drop(self, list);
}
static void long_lists_shift_in_place(void) {
    list_with_both(long_lists_shift_in_place_in);
}

/* len()==0 seen during sort (CPython 126559): the list is as it was, or sorted. */
static void sees_a_list_that_is_sorted(worker *one) {
    while (!stopped(one)) {
        CHECK(weft_list_len(one->self, one->list) == one->high);
        uint32_t first = list_at(one->self, one->list, 0);
        uint32_t last = list_at(one->self, one->list, -1);
        CHECK(first == 0 || first == one->high - 1);
        CHECK(last == 0 || last == one->high - 1);
        breathe(one->self);
    }
}
static void regression_cpython_126559_in(weft_thread *self, weft_list_discipline discipline) {
    static worker reader;
    enum { ITEMS = 64, SORTS = 200 };
    weft_list *list = list_of(self, discipline, ITEMS);
    memset(&reader, 0, sizeof reader);
    reader.high = ITEMS;
    start(&reader, self, list, sees_a_list_that_is_sorted);
    for (unsigned i = 0; i < SORTS; i++) {
        CHECK(weft_list_reverse(self, list) == WEFT_LIST_OK);
        CHECK(weft_list_sort(self, list, by_number, NULL) == WEFT_LIST_OK);
        breathe(self);
    }
    finish(&reader, self);
    list_drop(self, list);
}
static void regression_cpython_126559_len_zero_during_sort(void) {
    list_with_both(regression_cpython_126559_in);
}

/* A slot that was popped is filled again: who has read the bounds before the pop must not see it before it is in the list. A number
 * that was seen, then missing, does not come again. */
static void sees_a_slot_reused(worker *one) {
    uint32_t seen = 0;
    bool gone = false;
    while (!stopped(one)) {
        uint32_t number = list_at(one->self, one->list, 1);
        if (number == NUMBERED_DEAD) {
            gone = true;
        } else {
            CHECK(gone ? number > seen : number >= seen);
            seen = number;
            gone = false;
        }
        if (one->done++ % 16 == 0) {
            breathe(one->self);
        }
    }
}
static void slot_reuse_after_pop_in(weft_thread *self, weft_list_discipline discipline) {
    static worker reader;
    enum { CHANGES = 20000 };
    weft_list *list = list_of(self, discipline, 2);
    memset(&reader, 0, sizeof reader);
    start(&reader, self, list, sees_a_slot_reused);
    for (uint32_t i = 2; i < CHANGES; i++) {
        CHECK(weft_list_delete(self, list, -1) == WEFT_LIST_OK);
        CHECK(list_add(self, list, i) == WEFT_LIST_OK);
        breathe(self);
    }
    finish(&reader, self);
    list_drop(self, list);
}
static void slot_reuse_after_pop(void) {
    list_with_both(slot_reuse_after_pop_in);
}

/* Odd numbers are never the last. */
static void sees_the_last(worker *one) {
    while (!stopped(one)) {
        uint32_t number = list_at(one->self, one->list, -1);
        CHECK(number % 2 == 0);
        if (is_deferred(one->list)) {
            weft_ref *item = weft_list_borrow(one->self, one->list, -1);
            CHECK(item == NULL || number_of(item) % 2 == 0);
        }
        if (one->done++ % 16 == 0) {
            breathe(one->self);
        }
    }
}
static void negative_index_in(weft_thread *self, weft_list_discipline discipline) {
    static worker reader;
    enum { CHANGES = 10000 };
    weft_list *list = list_make(self, discipline);
    weft_ref *even = numbered_make(self, 2);
    weft_ref *odd = numbered_make(self, 3);
    CHECK(weft_list_append(self, list, even) == WEFT_LIST_OK);
    memset(&reader, 0, sizeof reader);
    start(&reader, self, list, sees_the_last);
    for (uint32_t i = 0; i < CHANGES; i++) {
        CHECK(weft_list_append(self, list, even) == WEFT_LIST_OK);
        CHECK(weft_list_set(self, list, 0, odd) == WEFT_LIST_OK);
        CHECK(weft_list_set(self, list, 0, even) == WEFT_LIST_OK);
        CHECK(weft_list_delete(self, list, -1) == WEFT_LIST_OK);
        breathe(self);
    }
    finish(&reader, self);
    weft_ref_decref(self, even);
    weft_ref_decref(self, odd);
    list_drop(self, list);
}
static void negative_index(void) {
    list_with_both(negative_index_in);
}

/* Who has popped an item and finds it unique may change it: no reader gets it meanwhile. */
static void keeps_items(worker *one) {
    while (!stopped(one)) {
        weft_ref *item = weft_list_get(one->self, one->list, (intptr_t)(one->done++ % 2) - 1);
        if (item != NULL) {
            CHECK(number_of(item) < 10);
            weft_spin_pause();
            CHECK(number_of(item) < 10);
            weft_ref_decref(one->self, item);
        }
        if (one->done % 16 == 0) {
            breathe(one->self);
        }
    }
}
static void popped_items_may_be_changed_if_unique(void) {
    static worker readers[2];
    enum { CHANGES = 10000 };
    weft_thread *self = list_begin();
    weft_list *list = list_of(self, WEFT_LIST_PROMPT, 2);
    for (unsigned i = 0; i < 2; i++) {
        memset(&readers[i], 0, sizeof readers[i]);
        start(&readers[i], self, list, keeps_items);
    }
    uint32_t changed = 0;
    /* Readers that lost their CPU with both items in their hands leave nothing unique for a while. */
    for (uint32_t i = 0; i < CHANGES || changed == 0; i++) {
        weft_ref *item;
        CHECK(weft_list_pop(self, list, i % 2 == 0 ? 0 : -1, &item) == WEFT_LIST_OK);
        if (weft_ref_unique(self, item) != WEFT_REF_NOT_UNIQUE) {
            weft_atomic_u32 *number = &((numbered *)item)->number;
            uint32_t old = number_of(item);
            weft_store_relaxed_u32(number, 99);
            weft_store_relaxed_u32(number, old);
            changed++;
        }
        CHECK(weft_list_append(self, list, item) == WEFT_LIST_OK);
        weft_ref_decref(self, item);
        breathe(self);
    }
    for (unsigned i = 0; i < 2; i++) {
        finish(&readers[i], self);
    }
    list_drop(self, list);
    CHECK(list_objects(self) == 0);
    list_end(self);
}

/* Writers on several threads lose nothing. */
static void appends_its_own(worker *one) {
    for (uint32_t i = 0; i < 500; i++) {
        CHECK(list_add(one->self, one->list, one->number * 1000 + i) == WEFT_LIST_OK);
        if (i % 3 == 0) {
            weft_ref *item;
            CHECK(weft_list_pop(one->self, one->list, i % 2 == 0 ? 0 : -1, &item) == WEFT_LIST_OK);
            one->done += number_of(item);
            weft_ref_decref(one->self, item);
        }
        breathe(one->self);
    }
}
static void writers_lose_nothing_in(weft_thread *self, weft_list_discipline discipline) {
    static worker writers[3];
    weft_list *list = list_make(self, discipline);
    uint64_t sum = 0;
    uint64_t added = 0;
    for (uint32_t i = 0; i < 3; i++) {
        memset(&writers[i], 0, sizeof writers[i]);
        writers[i].number = i;
        start(&writers[i], self, list, appends_its_own);
    }
    for (uint32_t i = 0; i < 3; i++) {
        finish(&writers[i], self);
        sum += writers[i].done;
        added += 500 * (i * 1000) + 499 * 500 / 2;
    }
    weft_ref *item;
    while (weft_list_pop(self, list, 0, &item) == WEFT_LIST_OK) {
        sum += number_of(item);
        weft_ref_decref(self, item);
    }
    CHECK(sum == added);
    list_drop(self, list);
}
static void writers_lose_nothing(void) {
    list_with_both(writers_lose_nothing_in);
}

/* ---- the end of a runtime --------------------------------------------------------------------------- */

/* A thread is in host code, detached, while its runtime is closed, and comes back so. */
static struct closing {
    weft_ref *items[6];
    unsigned way;
    unsigned calls; /* of the host */
    weft_atomic_u32 inside;
    weft_atomic_u32 closed;
} closing;

static void comes_back_detached(weft_thread *self) {
    CHECK(closing.calls++ == 0); /* afterwards nobody asks */
    weft_thread_detach(self);
    weft_store_release_u32(&closing.inside, 1);
    AWAIT(weft_load_acquire_u32(&closing.closed) != 0);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_CLOSED);
}
static int compares_and_comes_back_detached(weft_thread *self, void *argument, weft_ref *left,
                                            weft_ref *right) {
    (void)argument;
    (void)left;
    (void)right;
    comes_back_detached(self);
    return 1;
}
static void watches_and_comes_back_detached(weft_thread *self, weft_list *list,
                                            const weft_list_change *change) {
    (void)list;
    (void)change;
    comes_back_detached(self);
}

enum { SORTS, INDEXES, SETS_WATCHED, DELETES_WATCHED, CLEARS_WATCHED, WAYS };
static void ends_closed(worker *one) {
    weft_list_less less = compares_and_comes_back_detached;
    size_t found = 77;
    switch (closing.way) {
    case SORTS:
        CHECK(weft_list_sort(one->self, one->list, less, NULL) == WEFT_LIST_CLOSED);
        break;
    case INDEXES:
        CHECK(weft_list_index(one->self, one->list, closing.items[5], 0, WEFT_LIST_LAST, less, NULL,
                              &found) == WEFT_LIST_CLOSED);
        CHECK(found == 77);
        break;
    case SETS_WATCHED:
        CHECK(weft_list_set(one->self, one->list, 1, closing.items[5]) == WEFT_LIST_OK);
        break;
    case DELETES_WATCHED:
        CHECK(weft_list_delete(one->self, one->list, -1) == WEFT_LIST_OK);
        break;
    default:
        CHECK(weft_list_clear(one->self, one->list) == WEFT_LIST_OK);
    }
    CHECK(!weft_thread_is_attached(one->self));
}

/* What the operation holds by itself, or was still to drop, stays held: it is dropped here. And the array, freed. */
static void drop_what_is_left(weft_thread *self, weft_list_discipline discipline,
                              weft_list_array *array) {
    bool prompt = discipline == WEFT_LIST_PROMPT;
    if (closing.way == CLEARS_WATCHED && prompt) {
        weft_host_free(array, sizeof *array + array->capacity * sizeof(weft_atomic_ptr),
                       sizeof(uint64_t));
    }
    for (size_t i = 0; i < 5; i++) {
        if (closing.way == SORTS || (closing.way == INDEXES && i == 0) ||
            (closing.way == SETS_WATCHED && i == 1 && prompt) ||
            (closing.way == DELETES_WATCHED && i == 4) ||
            (closing.way == CLEARS_WATCHED && prompt)) {
            weft_ref_decref(self, closing.items[i]);
        }
    }
    for (size_t i = 0; i < 6; i++) {
        weft_ref_decref(self, closing.items[i]);
    }
}

static void host_code_that_comes_back_in(weft_thread *self, weft_list_discipline discipline,
                                         unsigned way) {
    static const size_t SIZES[WAYS] = {5, 5, 5, 4, 0};
    weft_list *list = list_make(self, discipline);
    closing.way = way;
    closing.calls = 0;
    weft_store_relaxed_u32(&closing.inside, 0);
    weft_store_relaxed_u32(&closing.closed, 0);
    for (uint32_t i = 0; i < 6; i++) {
        closing.items[i] = numbered_make(self, i);
        weft_ref_maybe_share(closing.items[i]);
        CHECK(i == 5 || weft_list_append(self, list, closing.items[i]) == WEFT_LIST_OK);
    }
    CHECK(weft_list_set_shared(self, list) == WEFT_LIST_OK);
    CHECK(weft_list_watch(self, list, true) == WEFT_LIST_OK);
    weft_list_array *array = weft_list_array_of(self, list);
    weft_list_set_watcher(watches_and_comes_back_detached);
    worker one;
    start(&one, self, list, ends_closed);
    AWAIT(weft_load_acquire_u32(&closing.inside) != 0);
    weft_runtime_close(self);
    weft_store_release_u32(&closing.closed, 1);
    finish(&one, self);
    weft_list_set_watcher(NULL);
    CHECK(weft_list_len(self, list) == SIZES[way]);
    for (uint32_t i = 0; i < SIZES[way]; i++) {
        CHECK(list_at(self, list, (intptr_t)i) == (way == SETS_WATCHED && i == 1 ? 5 : i));
    }
    drop_what_is_left(self, discipline, array);
    list_drop(self, list);
    CHECK(list_objects(self) == 0);
}
static void host_code_that_comes_back_to_a_closed_runtime(void) {
    for (unsigned way = 0; way < 2 * WAYS; way++) {
        weft_thread *self = list_begin();
        host_code_that_comes_back_in(self, way < WAYS ? WEFT_LIST_DEFERRED : WEFT_LIST_PROMPT,
                                     way % WAYS);
        list_end(self);
    }
}

/* What waits for the lock of a list, detached, while its runtime is closed: nothing changes, and it says so. */
static struct late {
    weft_list *locked;
    weft_list *open;
    weft_ref *item;
    int way;
} late;

enum {
    GETS_LATE,
    ASKS_LEN_LATE,
    NEXT_LATE,
    APPENDS_LATE,
    EXTENDS_LATE,
    INSERTS_LATE,
    POPS_LATE,
    SETS_LATE,
    SETS_SLICE_LATE,
    DELETES_SLICE_LATE,
    REVERSES_LATE,
    SORTS_LATE,
    CLEARS_LATE,
    SNAPSHOT_LATE,
    SLICES_LATE,
    EXTENDS_BY_LATE,
    FIRST_THAT_HOLDS, /* what it has read before it waits */
    COPIES_INTO_LATE = FIRST_THAT_HOLDS,
    EXTENDS_LIST_LATE,
    LATE_WAYS
};

static weft_list_result next_late(weft_thread *self) {
    weft_list_iterator iterator;
    weft_ref *found;
    weft_list_iterate(self, late.locked, false, &iterator);
    weft_list_result result = weft_list_next(self, &iterator, &found);
    CHECK(iterator.list == NULL);
    return result;
}

static weft_list_result change_late(weft_thread *self) {
    static const weft_list_slice two = {0, 2, 1};
    weft_list *list = late.locked;
    weft_ref *popped = NULL;
    switch (late.way) {
    case APPENDS_LATE:
        return weft_list_append(self, list, late.item);
    case EXTENDS_LATE:
        return weft_list_extend(self, list, &late.item, 1);
    case INSERTS_LATE:
        return weft_list_insert(self, list, 1, late.item);
    case POPS_LATE:
        return weft_list_pop(self, list, -1, &popped);
    case SETS_LATE:
        return weft_list_set(self, list, 0, late.item);
    case SETS_SLICE_LATE:
        return weft_list_set_slice(self, list, two, &late.item, 1);
    case DELETES_SLICE_LATE:
        return weft_list_delete_slice(self, list, two);
    case REVERSES_LATE:
        return weft_list_reverse(self, list);
    case SORTS_LATE:
        return weft_list_sort(self, list, by_number, NULL);
    default:
        return weft_list_clear(self, list);
    }
}

static weft_list_result call_late(weft_thread *self) {
    static const weft_list_slice two = {0, 2, 1};
    switch (late.way) {
    case GETS_LATE:
        return weft_list_get(self, late.locked, 0) == NULL ? WEFT_LIST_CLOSED : WEFT_LIST_OK;
    case ASKS_LEN_LATE:
        return weft_list_len(self, late.locked) == 0 ? WEFT_LIST_CLOSED : WEFT_LIST_OK;
    case NEXT_LATE:
        return next_late(self);
    case SNAPSHOT_LATE:
        return weft_list_snapshot(self, late.open, late.locked);
    case SLICES_LATE:
        return weft_list_get_slice(self, late.locked, two, late.open);
    case EXTENDS_BY_LATE:
        return weft_list_extend_list(self, late.open, late.locked);
    case COPIES_INTO_LATE:
        return weft_list_copy(self, late.open, late.locked);
    case EXTENDS_LIST_LATE:
        return weft_list_extend_list(self, late.locked, late.open);
    default:
        return change_late(self);
    }
}

static void waits_too_long(worker *one) {
    CHECK(call_late(one->self) == WEFT_LIST_CLOSED);
    CHECK(!weft_thread_is_attached(one->self));
}

static void a_lock_that_comes_too_late_in(weft_thread *self, weft_list_discipline discipline,
                                          int way) {
    worker one = {.number = 0};
    late.way = way;
    late.locked = list_of(self, discipline, 3);
    late.open = list_of(self, discipline, 2);
    late.item = numbered_make(self, 9);
    weft_ref_maybe_share(late.item);
    CHECK(weft_list_set_shared(self, late.open) == WEFT_LIST_OK);
    uint64_t version = weft_list_version(late.locked);
    weft_mutex *lock = &late.locked->head.mutex;
    weft_mutex_lock(lock);
    start(&one, self, NULL, waits_too_long);
    AWAIT((weft_load_relaxed_u8(&lock->state) & WEFT_MUTEX_HAS_PARKED) != 0);
    weft_runtime_close(self);
    weft_mutex_unlock(lock);
    finish(&one, self);
    CHECK(is_private(late.locked) && weft_list_version(late.locked) == version);
    CHECK(list_is(self, late.locked, (const uint32_t[]){0, 1, 2}, 3));
    CHECK(list_is(self, late.open, (const uint32_t[]){0, 1}, 2));
    for (intptr_t i = 0; way >= FIRST_THAT_HOLDS && i < 2; i++) {
        weft_ref *held = weft_list_get(self, late.open, i);
        weft_ref_decref(self, held);
        weft_ref_decref(self, held);
    }
    weft_ref_decref(self, late.item);
    list_drop(self, late.locked);
    list_drop(self, late.open);
    CHECK(list_objects(self) == 0);
}
static void a_lock_that_comes_when_the_runtime_is_closed(void) {
    for (int way = 0; way < 2 * LATE_WAYS; way++) {
        weft_thread *self = list_begin();
        a_lock_that_comes_too_late_in(self, way < LATE_WAYS ? WEFT_LIST_DEFERRED : WEFT_LIST_PROMPT,
                                      way % LATE_WAYS);
        list_end(self);
    }
}

/* ---- fork ------------------------------------------------------------------------------------------ */

#if SCENARIO_FORK_AMONG_RUNNING_THREADS
enum { FORKED_ITEMS = 20 };

/* Pops the first, which fences the array; puts it into the middle, which moves it, or shifts; sorts. */
static void changes_always(worker *one) {
    weft_thread *self = one->self;
    while (!stopped(one)) {
        weft_ref *item = NULL;
        CHECK(weft_list_pop(self, one->list, 0, &item) == WEFT_LIST_OK);
        CHECK(weft_list_insert(self, one->list, FORKED_ITEMS / 2, item) == WEFT_LIST_OK);
        weft_ref_decref(self, item);
        if (one->done++ % 16 == 0) {
            CHECK(weft_list_sort(self, one->list, by_number, NULL) == WEFT_LIST_OK);
        }
        breathe(self);
    }
}

typedef struct forked {
    weft_thread *self;
    weft_list *list;
} forked;

/* One item may be in the hand of the thread that is gone. */
static void uses_the_list_in_the_child(void *argument) {
    forked *in = argument;
    weft_thread_after_fork_child(in->self);
    size_t size = weft_list_len(in->self, in->list);
    CHECK(weft_list_version(in->list) % 2 == 0);
    CHECK(size == FORKED_ITEMS || size == FORKED_ITEMS - 1);
    CHECK(weft_list_sort(in->self, in->list, by_number, NULL) == WEFT_LIST_OK);
    for (uint32_t i = 0; i < size; i++) {
        uint32_t number = list_at(in->self, in->list, (intptr_t)i);
        CHECK(number == i || (size < FORKED_ITEMS && number == i + 1));
    }
    CHECK(list_add(in->self, in->list, 77) == WEFT_LIST_OK);
    CHECK(weft_list_delete(in->self, in->list, 0) == WEFT_LIST_OK);
    CHECK(list_at(in->self, in->list, -1) == 77);
}

static void a_fork_finds_lists_at_rest_in(weft_thread *self, weft_list_discipline discipline) {
    enum { FORKS = 8 };
    worker one = {.number = 0};
    forked in = {self, list_of(self, discipline, FORKED_ITEMS)};
    CHECK(weft_list_set_shared(self, in.list) == WEFT_LIST_OK);
    start(&one, self, in.list, changes_always);
    for (unsigned i = 0; i < FORKS; i++) {
        weft_thread_before_fork(self);
        CHECK(scenario_forked(uses_the_list_in_the_child, &in));
        weft_thread_after_fork_parent(self);
        for (unsigned breaths = 0; breaths < 4; breaths++) {
            breathe(self);
            sched_yield();
        }
    }
    finish(&one, self);
    list_drop(self, in.list);
}
static void a_fork_finds_lists_at_rest(void) {
    list_with_both(a_fork_finds_lists_at_rest_in);
}
#endif

const scenario list_concurrent_scenarios[] = {
    {"Linearizable", linearizable},
#if SCENARIO_FORK_AMONG_RUNNING_THREADS
    {"AForkFindsListsAtRest", a_fork_finds_lists_at_rest},
#endif
    {"ALockThatComesWhenTheRuntimeIsClosed", a_lock_that_comes_when_the_runtime_is_closed},
    {"HostCodeThatComesBackToAClosedRuntime", host_code_that_comes_back_to_a_closed_runtime},
    {"PrivateToSharedUnderAWaitingOwner", private_to_shared_under_a_waiting_owner},
    {"BorrowOfALockedPrivateListFails", borrow_of_a_locked_private_list_fails},
    {"AListOfAThreadThatHasGone", a_list_of_a_thread_that_has_gone},
    {"ReadersAgainstEveryMutator", readers_against_every_mutator},
    {"LongListsShiftInPlace", long_lists_shift_in_place},
    {"SlotReuseAfterPop", slot_reuse_after_pop},
    {"NegativeIndex", negative_index},
    {"PoppedItemsMayBeChangedIfUnique", popped_items_may_be_changed_if_unique},
    {"WritersLoseNothing", writers_lose_nothing},
    {"RegressionCpython124642FastPathNeverTaken", regression_cpython_124642_fast_path_never_taken},
    {"RegressionCpython126559LenZeroDuringSort", regression_cpython_126559_len_zero_during_sort},
    {"RegressionCpython129069And154756ReadersSeeTearing",
     regression_cpython_129069_154756_readers_see_tearing},
    {"RegressionCpython144295LookUpThatDoesNotShare",
     regression_cpython_144295_lookup_that_does_not_share},
    {NULL, NULL},
};
