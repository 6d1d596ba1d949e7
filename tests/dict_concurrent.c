#define _POSIX_C_SOURCE 200809L
#include "dict_scenarios.h"

#include "dict_support.h"
#include "linearize_dict.h"
#include "weft_critical.h"
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
    weft_dict *dict;
    weft_atomic_u32 ready;
    weft_atomic_u32 stop;
    uint64_t random;
    uint32_t number;
    sort of;
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

static void start(worker *one, weft_thread *self, weft_dict *dict, sort of, uint32_t number,
                  void (*work)(worker *one)) {
    memset(one, 0, sizeof *one);
    one->runtime = weft_thread_runtime(self);
    one->dict = dict;
    one->of = of;
    one->number = number;
    one->random = 4711 + number * 7919U;
    one->work = work;
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

/* Somebody else does something to the dict, from beginning to end. */
static void by_another(weft_thread *self, weft_dict *dict, sort of, void (*work)(worker *one)) {
    worker one;
    start(&one, self, dict, of, 0, work);
    finish(&one, self);
}

static void breathe(weft_thread *self) {
    (void)weft_thread_safepoint(self);
    weft_qsbr_quiescent(self);
}

static uint32_t any_below(worker *one, uint32_t bound) {
    return (uint32_t)(scenario_random(&one->random) >> 33) % bound;
}

static uintptr_t tags_of(const weft_dict *dict) {
    return (uintptr_t)weft_load_acquire_ptr(&dict->table) & WEFT_DICT_TAGS;
}
static bool is_private(const weft_dict *dict) {
    return (tags_of(dict) & WEFT_DICT_PRIVATE) != 0;
}
static bool is_deferred(const weft_dict *dict) {
    return (tags_of(dict) & WEFT_DICT_PROMPT_TAG) == 0;
}
static weft_dict_discipline discipline_of(const weft_dict *dict) {
    return is_deferred(dict) ? WEFT_DICT_DEFERRED : WEFT_DICT_PROMPT;
}

/* The kinds, and keys that fit; texts collide where a scenario says so. */
static const struct {
    weft_dict_kind kind;
    sort of;
} KINDS[] = {
    {WEFT_DICT_SYMBOLS, SORT_SYMBOL},
    {WEFT_DICT_IMMEDIATES, SORT_NUMBER},
    {WEFT_DICT_GENERAL, SORT_TEXT},
    {WEFT_DICT_SPLIT, SORT_SYMBOL},
};
#define KINDS_COUNT (sizeof KINDS / sizeof KINDS[0])

static weft_dict *filled(weft_thread *self, weft_dict_discipline discipline, weft_dict_kind kind,
                         sort of, uint32_t count) {
    weft_dict *dict = dict_make(self, discipline, kind);
    for (uint32_t i = 0; i < count; i++) {
        CHECK(dict_put(self, dict, of, i, i + 100) == WEFT_DICT_OK);
    }
    return dict;
}

static void in_each_kind(void (*run)(weft_thread *self, weft_dict_discipline discipline,
                                     weft_dict_kind kind, sort of)) {
    for (int discipline = WEFT_DICT_PROMPT; discipline <= WEFT_DICT_DEFERRED; discipline++) {
        for (size_t i = 0; i < KINDS_COUNT; i++) {
            weft_thread *self = dict_begin();
            run(self, (weft_dict_discipline)discipline, KINDS[i].kind, KINDS[i].of);
            CHECK(dict_objects(self) == 0);
            dict_end(self);
        }
    }
}

/* ---- linearizability ------------------------------------------------------------------------------- */

enum { LIN_THREADS = 3, LIN_CALLS = 7, LIN_KEYS = 4 };

static linearize_history history;
static weft_atomic_u32 lin_round; /* the round that runs */
static weft_atomic_u32 lin_arrived;
static weft_atomic_u32 lin_done;
static weft_dict *lin_dict;

static int64_t number_and_drop(weft_thread *self, weft_ref *value) {
    if (value == NULL) {
        return -1;
    }
    int64_t number = valued_number(value);
    weft_ref_decref(self, value);
    return number;
}

static int64_t read_one(worker *one, weft_dict_key key) {
    weft_ref *value = NULL;
    if (is_deferred(one->dict) && any_below(one, 2) == 0) {
        value = weft_dict_borrow(one->self, one->dict, key);
        if (value != NULL) {
            return valued_number(value);
        }
    }
    value = NULL;
    (void)weft_dict_get(one->self, one->dict, key, &value);
    return number_and_drop(one->self, value);
}

static int64_t add_up(worker *one) {
    weft_thread *self = one->self;
    weft_dict *frozen = dict_make(self, discipline_of(one->dict), WEFT_DICT_GENERAL);
    weft_dict_iterator iterator;
    weft_dict_key key;
    weft_ref *value;
    int64_t sum = 0;
    size_t place = 0;
    CHECK(weft_dict_snapshot(self, one->dict, frozen) == WEFT_DICT_OK);
    CHECK(weft_dict_iterate(self, frozen, true, &iterator) == WEFT_DICT_OK);
    while (weft_dict_next(self, &iterator, &key, &value) == WEFT_DICT_OK) {
        sum += linearize_dict_weight(place++, dict_key_number(key), number_and_drop(self, value));
        dict_key_drop(self, key);
    }
    dict_drop(self, frozen);
    return sum;
}

static int64_t pop_end(worker *one, bool last) {
    weft_dict_key key;
    weft_ref *value;
    if (weft_dict_popitem(one->self, one->dict, last, &key, &value) != WEFT_DICT_OK) {
        return -1;
    }
    int64_t result = (int64_t)dict_key_number(key) * 65536;
    dict_key_drop(one->self, key);
    return result + number_and_drop(one->self, value);
}

static int64_t do_call(worker *one, const linearize_call *call, weft_dict_key key,
                       weft_ref *fresh) {
    weft_thread *self = one->self;
    weft_dict *dict = one->dict;
    weft_ref *value = NULL;
    bool there;
    switch (call->kind) {
    case LINEARIZE_DICT_GET:
        return read_one(one, key);
    case LINEARIZE_DICT_SET:
        CHECK(weft_dict_set(self, dict, key, fresh) == WEFT_DICT_OK);
        return 0;
    case LINEARIZE_DICT_DEFAULT:
        CHECK(weft_dict_set_default(self, dict, key, fresh, &value, &there) == WEFT_DICT_OK);
        return number_and_drop(self, value);
    case LINEARIZE_DICT_DELETE:
        return weft_dict_delete(self, dict, key) == WEFT_DICT_OK ? 0 : -1;
    case LINEARIZE_DICT_POP:
        (void)weft_dict_pop(self, dict, key, &value);
        return number_and_drop(self, value);
    case LINEARIZE_DICT_LAST:
        return pop_end(one, true);
    case LINEARIZE_DICT_FIRST:
        return pop_end(one, false);
    case LINEARIZE_DICT_CLEAR:
        CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
        return 0;
    default:
        return add_up(one);
    }
}

static void one_call(worker *one) {
    uint32_t kind = any_below(one, LINEARIZE_DICT_KINDS);
    /* clear now and then only: an empty dict has little to say; and reads more often. */
    if (any_below(one, 3) == 0 || (kind == LINEARIZE_DICT_CLEAR && any_below(one, 4) != 0)) {
        kind = LINEARIZE_DICT_GET;
    }
    uint32_t number = any_below(one, LIN_KEYS);
    uint32_t fresh_number = any_below(one, 60000) + 1;
    weft_dict_key key = dict_key(one->self, one->of, number);
    weft_ref *fresh = valued_make(one->self, fresh_number);
    linearize_call *call = linearize_call_begin(&history, one->number, kind, number, fresh_number);
    int64_t result = do_call(one, call, key, fresh);
    linearize_call_end(&history, call, result);
    weft_ref_decref(one->self, fresh);
    dict_key_drop(one->self, key);
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
        one->dict = lin_dict;
        weft_fetch_add_acq_rel_u32(&lin_arrived, 1);
        for (unsigned spins = 0; spins < 1000 && weft_load_acquire_u32(&lin_arrived) < LIN_THREADS;
             spins++) {
            weft_spin_pause();
        }
        for (unsigned i = 0; i < LIN_CALLS; i++) {
            one_call(one);
            if (any_below(one, 8) == 0) {
                sched_yield();
            }
        }
        weft_fetch_add_acq_rel_u32(&lin_done, 1);
    }
}

/* Starts a round and waits for its end. In every other one the dict is private to this thread still; in some it is nearly
 * full, so that tables are replaced. */
static bool lin_one_round(weft_thread *self, weft_dict_discipline discipline, weft_dict_kind kind,
                          sort of, uint32_t round) {
    linearize_dict initial = {0};
    lin_dict = dict_make(self, discipline, kind);
    for (uint32_t i = 0; i < round % 4; i++) {
        CHECK(dict_put(self, lin_dict, of, 7, 7) == WEFT_DICT_OK);
        CHECK(dict_remove(self, lin_dict, of, 7) == WEFT_DICT_OK);
    }
    for (uint32_t i = 0; i < round % 3; i++) {
        CHECK(dict_put(self, lin_dict, of, i, i + 1) == WEFT_DICT_OK);
        initial.keys[i] = (uint16_t)i;
        initial.values[i] = (uint16_t)(i + 1);
        initial.count++;
    }
    if (round % 2 != 0) {
        CHECK(weft_dict_set_shared(self, lin_dict) == WEFT_DICT_OK);
    }
    linearize_begin(&history, LIN_THREADS);
    weft_store_relaxed_u32(&lin_arrived, 0);
    weft_store_relaxed_u32(&lin_done, 0);
    weft_fetch_add_release_u32(&lin_round, 1);
    weft_thread_detach(self);
    AWAIT(weft_load_acquire_u32(&lin_done) == LIN_THREADS);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
    bool good = linearize_check(&linearize_dict_model, &initial, &history);
    if (!good) {
        linearize_print(&linearize_dict_model, &history);
    }
    dict_drop(self, lin_dict);
    return good;
}

static void linearizable_in(weft_thread *self, weft_dict_discipline discipline, weft_dict_kind kind,
                            sort of) {
    static worker workers[LIN_THREADS];
    uint64_t until = scenario_now_ns() + scenario_stress_ns();
    dict_collide(self, 2);
    weft_store_relaxed_u32(&lin_round, 0);
    for (uint32_t i = 0; i < LIN_THREADS; i++) {
        start(&workers[i], self, NULL, of, i, lin_worker);
        if (getenv("STRESS_SECONDS") != NULL) {
            workers[i].random = scenario_seed() + i;
        }
    }
    bool good = true;
    for (uint32_t round = 1; good && (round <= 150 || scenario_now_ns() < until); round++) {
        good = lin_one_round(self, discipline, kind, of, round);
    }
    CHECK(good);
    for (uint32_t i = 0; i < LIN_THREADS; i++) {
        finish(&workers[i], self);
    }
}
static void linearizable(void) {
    in_each_kind(linearizable_in);
}

/* ---- private and shared ---------------------------------------------------------------------------- */

static void reads_get(worker *one) {
    CHECK(dict_at(one->self, one->dict, one->of, 1) == 101);
}
static void reads_nothing(worker *one) {
    CHECK(dict_at(one->self, one->dict, one->of, 9) == VALUED_DEAD);
}
static void reads_len(worker *one) {
    CHECK(weft_dict_len(one->self, one->dict) == 3);
}
static void reads_borrowed(worker *one) {
    weft_dict_key key = dict_key(one->self, one->of, 1);
    if (is_deferred(one->dict)) {
        weft_ref *value = weft_dict_borrow(one->self, one->dict, key);
        CHECK(value != NULL && valued_number(value) == 101);
    } else {
        reads_get(one);
    }
    dict_key_drop(one->self, key);
}
static void reads_iterating(worker *one) {
    weft_dict_iterator iterator;
    weft_dict_key key;
    weft_ref *value = NULL;
    CHECK(weft_dict_iterate(one->self, one->dict, true, &iterator) == WEFT_DICT_OK);
    CHECK(weft_dict_next(one->self, &iterator, &key, &value) == WEFT_DICT_OK);
    weft_ref_decref(one->self, value);
    dict_key_drop(one->self, key);
}
/* A weak iterator that the owner began. */
static weft_dict_iterator begun;
static void reads_iterating_on(worker *one) {
    weft_dict_key key;
    weft_ref *value = NULL;
    CHECK(weft_dict_next(one->self, &begun, &key, &value) == WEFT_DICT_OK);
    weft_ref_decref(one->self, value);
    dict_key_drop(one->self, key);
    weft_dict_iterate_end(one->self, &begun);
}
static void reads_copy(worker *one) {
    weft_dict *copy = dict_make(one->self, WEFT_DICT_DEFERRED, WEFT_DICT_GENERAL);
    CHECK(weft_dict_copy(one->self, one->dict, copy) == WEFT_DICT_OK);
    CHECK(weft_dict_len(one->self, copy) == 3);
    dict_drop(one->self, copy);
}
static void reads_to_update(worker *one) {
    weft_dict *other = dict_make(one->self, WEFT_DICT_DEFERRED, WEFT_DICT_GENERAL);
    CHECK(weft_dict_update(one->self, other, one->dict) == WEFT_DICT_OK);
    CHECK(weft_dict_len(one->self, other) == 3);
    dict_drop(one->self, other);
}
static void writes(worker *one) {
    CHECK(dict_put(one->self, one->dict, one->of, 3, 103) == WEFT_DICT_OK);
}

/* One look-up path forgot to mark the table shared, and a resize freed it (CPython 144295): whatever another thread does first,
 * the dict is shared afterwards, and its items are flagged. */
static void regression_cpython_144295_in(weft_thread *self, weft_dict_discipline discipline,
                                         weft_dict_kind kind, sort of) {
    static void (*const PATHS[])(worker *one) = {
        reads_get,          reads_nothing, reads_len,       reads_borrowed, reads_iterating,
        reads_iterating_on, reads_copy,    reads_to_update, writes,
    };
    for (size_t i = 0; i < sizeof PATHS / sizeof PATHS[0]; i++) {
        weft_dict *dict = filled(self, discipline, kind, of, 3);
        weft_dict_cache cache;
        CHECK(is_private(dict));
        if (PATHS[i] == reads_iterating_on) {
            CHECK(weft_dict_iterate(self, dict, false, &begun) == WEFT_DICT_OK);
        }
        by_another(self, dict, of, PATHS[i]);
        CHECK(!is_private(dict));
        for (uint32_t k = 0; k < 3; k++) {
            weft_ref *value = NULL;
            weft_dict_key key = dict_key(self, of, k);
            CHECK(weft_dict_get(self, dict, key, &value) == WEFT_DICT_OK);
            CHECK((weft_load_relaxed_uptr(&value->shared) & WEFT_REF_MAYBE_SHARED) != 0);
            weft_ref_decref(self, value);
            (void)weft_dict_cache_fill(self, dict, key, &cache);
            dict_key_drop(self, key);
        }
        dict_drop(self, dict);
    }
}
static void regression_cpython_144295_lookup_that_does_not_share(void) {
    in_each_kind(regression_cpython_144295_in);
}

static weft_atomic_u32 holds_lock;

static void borrows_while_locked(worker *one) {
    weft_dict_cache cache;
    CHECK(weft_dict_borrow(one->self, one->dict, weft_dict_of_number(0)) == NULL);
    CHECK(!weft_dict_cache_fill(one->self, one->dict, weft_dict_of_number(0), &cache));
    CHECK(is_private(one->dict));
    weft_store_release_u32(&holds_lock, 0);
}

/* A borrow never waits. */
static void borrow_of_a_locked_private_dict_fails(void) {
    weft_thread *self = dict_begin();
    weft_dict *dict = filled(self, WEFT_DICT_DEFERRED, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 2);
    weft_critical section;
    worker one;
    weft_critical_begin(self, &section, &dict->head.mutex);
    weft_store_relaxed_u32(&holds_lock, 1);
    start(&one, self, dict, SORT_NUMBER, 0, borrows_while_locked);
    AWAIT(weft_load_acquire_u32(&holds_lock) == 0);
    weft_critical_end(self, &section);
    finish(&one, self);
    by_another(self, dict, SORT_NUMBER, reads_borrowed);
    CHECK(!is_private(dict));
    dict_drop(self, dict);
    CHECK(dict_objects(self) == 0);
    dict_end(self);
}

static void makes_a_dict(worker *one) {
    one->dict = filled(one->self, WEFT_DICT_DEFERRED, WEFT_DICT_SYMBOLS, SORT_SYMBOL, 2);
}

static void a_dict_of_a_thread_that_has_gone(void) {
    weft_thread *self = dict_begin();
    worker one;
    start(&one, self, NULL, SORT_SYMBOL, 0, makes_a_dict);
    finish(&one, self);
    CHECK(is_private(one.dict));
    CHECK(dict_is(self, one.dict, (const uint32_t[]){0, 1}, 2));
    CHECK(!is_private(one.dict));
    CHECK(dict_put(self, one.dict, SORT_SYMBOL, 2, 102) == WEFT_DICT_OK);
    dict_drop(self, one.dict);
    CHECK(dict_objects(self) == 0);
    dict_end(self);
}

/* ---- the end of a runtime --------------------------------------------------------------------------- */

/* A thread is in the host's hook, detached, while its runtime is closed, and comes back so. */
static struct closing {
    weft_dict_key key;
    weft_dict_key candidate; /* the one that the host was asked about, or 0 */
    weft_ref *value;
    unsigned way;
    weft_atomic_u32 inside;
    weft_atomic_u32 closed;
} closing;

static void comes_back_detached(weft_thread *self) {
    weft_thread_detach(self);
    weft_store_release_u32(&closing.inside, 1);
    AWAIT(weft_load_acquire_u32(&closing.closed) != 0);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_CLOSED);
}
static int equal_comes_back_detached(weft_thread *self, weft_dict_key candidate,
                                     weft_dict_key key) {
    (void)key;
    closing.candidate = candidate;
    comes_back_detached(self);
    return 1;
}
static bool hash_comes_back_detached(weft_thread *self, weft_ref *key) {
    (void)key;
    comes_back_detached(self);
    return true;
}

/* What each operation holds by itself, of the key and of the candidate, is the caller's to drop afterwards. */
enum { GETS, SETS, POPS, DEFAULTS, WAYS };
static void ends_closed(worker *one) {
    weft_ref *value;
    bool there;
    weft_dict_result result = WEFT_DICT_OK;
    switch (closing.way % WAYS) {
    case GETS:
        result = weft_dict_get(one->self, one->dict, closing.key, &value);
        break;
    case SETS:
        result = weft_dict_set(one->self, one->dict, closing.key, closing.value);
        break;
    case POPS:
        result = weft_dict_pop(one->self, one->dict, closing.key, &value);
        break;
    default:
        result =
            weft_dict_set_default(one->self, one->dict, closing.key, closing.value, &value, &there);
    }
    CHECK(result == WEFT_DICT_CLOSED);
}

static void hooks_that_come_back_to_a_closed_runtime(void) {
    for (unsigned way = 0; way < 2 * WAYS * 2; way++) {
        weft_dict_discipline discipline = way < 2 * WAYS ? WEFT_DICT_DEFERRED : WEFT_DICT_PROMPT;
        bool by_hash = way / WAYS % 2 != 0;
        weft_thread *self = dict_begin();
        weft_dict *dict = filled(self, discipline, WEFT_DICT_GENERAL, SORT_TEXT, 3);
        CHECK(weft_dict_set_shared(self, dict) == WEFT_DICT_OK);
        closing.key = dict_key(self, SORT_TEXT, 1);
        closing.value = valued_make(self, 7);
        weft_ref_maybe_share(weft_dict_object_of(closing.key));
        weft_ref_maybe_share(closing.value);
        closing.way = way;
        closing.candidate = 0;
        weft_store_relaxed_u32(&closing.inside, 0);
        weft_store_relaxed_u32(&closing.closed, 0);
        dict_on_hash = by_hash ? hash_comes_back_detached : NULL;
        dict_on_equal = by_hash ? NULL : equal_comes_back_detached;
        worker one;
        start(&one, self, dict, SORT_TEXT, 0, ends_closed);
        AWAIT(weft_load_acquire_u32(&closing.inside) != 0);
        dict_on_hash = NULL;
        dict_on_equal = NULL;
        weft_runtime_close(self);
        weft_store_release_u32(&closing.closed, 1);
        finish(&one, self);
        CHECK(dict_is(self, dict, (const uint32_t[]){0, 1, 2}, 3));
        if (way % WAYS == GETS) {
            dict_key_drop(self, closing.key);
        }
        dict_key_drop(self, closing.candidate);
        dict_key_drop(self, closing.key);
        weft_ref_decref(self, closing.value);
        dict_drop(self, dict);
        CHECK(dict_objects(self) == 0);
        dict_end(self);
    }
}

/* What goes with a table has a dealloc hook that comes back to a closed runtime, or host code between two items does: nothing else is
 * dropped from then on, and the iterator says so. */
enum { AT_THE_LAST_ITEM, BY_ITS_END, BY_CLEAR, BETWEEN_TWO, ENDINGS };
static struct ended {
    weft_ref *values[3];
    weft_dict_iterator iterator;
    weft_dict_table *table[ENDINGS]; /* of a closed runtime, which never frees it */
} ended;

static void the_first_comes_back_detached(weft_thread *self, weft_ref *value) {
    if (valued_number(value) == 100) {
        comes_back_detached(self);
    }
}

static void ends_while_iterating(worker *one) {
    weft_thread *self = one->self;
    weft_dict_iterator *iterator = &ended.iterator;
    weft_dict_key key;
    weft_ref *value;
    one->dict = filled(self, WEFT_DICT_PROMPT, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 3);
    CHECK(weft_dict_iterate(self, one->dict, false, iterator) == WEFT_DICT_OK);
    ended.table[closing.way] = iterator->held;
    for (uint32_t i = 0; i < 3; i++) {
        CHECK(weft_dict_next(self, iterator, &key, &ended.values[i]) == WEFT_DICT_OK);
        weft_ref_decref(self, ended.values[i]); /* the table has one */
    }
    switch (closing.way) {
    case AT_THE_LAST_ITEM:
        CHECK(weft_dict_clear(self, one->dict) == WEFT_DICT_OK);
        CHECK(weft_dict_next(self, iterator, &key, &value) == WEFT_DICT_CLOSED);
        break;
    case BY_ITS_END:
        CHECK(weft_dict_clear(self, one->dict) == WEFT_DICT_OK);
        weft_dict_iterate_end(self, iterator);
        break;
    case BY_CLEAR:
        weft_dict_iterate_end(self, iterator);
        CHECK(weft_dict_clear(self, one->dict) == WEFT_DICT_OK);
        break;
    default:
        comes_back_detached(self);
        CHECK(weft_dict_next(self, iterator, &key, &value) == WEFT_DICT_CLOSED);
        weft_dict_iterate_end(self, iterator);
        CHECK(iterator->held == ended.table[BETWEEN_TWO]); /* for somebody who is attached */
    }
}

static void iterations_that_come_back_to_a_closed_runtime(void) {
    for (unsigned way = 0; way < ENDINGS; way++) {
        weft_thread *self = dict_begin();
        weft_dict *nothing = dict_make(self, WEFT_DICT_PROMPT, WEFT_DICT_IMMEDIATES);
        closing.way = way;
        weft_store_relaxed_u32(&closing.inside, 0);
        weft_store_relaxed_u32(&closing.closed, 0);
        dict_on_dealloc = the_first_comes_back_detached;
        worker one;
        start(&one, self, nothing, SORT_NUMBER, 0, ends_while_iterating);
        AWAIT(weft_load_acquire_u32(&closing.inside) != 0);
        weft_runtime_close(self);
        weft_store_release_u32(&closing.closed, 1);
        finish(&one, self);
        dict_on_dealloc = NULL;
        if (way == BETWEEN_TWO) {
            weft_dict_iterate_end(self, &ended.iterator);
        } else {
            for (uint32_t i = 1; i < 3; i++) {
                CHECK(valued_number(ended.values[i]) == 100 + i);
                weft_ref_decref(self, ended.values[i]); /* the table's */
            }
        }
        dict_drop(self, one.dict);
        dict_drop(self, nothing);
        CHECK(dict_objects(self) == 0);
        dict_end(self);
    }
}

/* The end of an operation's section waits for the object of an outer one, and the runtime is closed meanwhile: whatever else the
 * operation had to do, it ends there. */
enum { LEARNS_A_KEY, ASKS_THE_HOST, COPIES, STEPS, STORES_BY_A_CACHE, ENDS_OF_SECTIONS };
static struct around {
    weft_mutex object;
    weft_atomic_u32 begun;
    weft_dict *into;
    weft_dict_cache place;
} around;

static int equal_is_asked_too_late(weft_thread *self, weft_dict_key candidate, weft_dict_key key) {
    (void)candidate;
    (void)key;
    CHECK(weft_thread_is_attached(self));
    return DICT_USUAL;
}

static weft_dict_result act_in_a_section(worker *one) {
    weft_dict_key key;
    weft_ref *value;
    switch (closing.way) {
    case COPIES:
        return weft_dict_copy(one->self, one->dict, around.into);
    case STEPS:
        return weft_dict_next(one->self, &ended.iterator, &key, &value);
    case STORES_BY_A_CACHE:
        return weft_dict_cached_set(one->self, one->dict, closing.key, closing.value,
                                    &around.place);
    default:
        return weft_dict_set(one->self, one->dict, closing.key, closing.value);
    }
}

static void acts_in_a_section(worker *one) {
    weft_critical section;
    weft_critical_begin(one->self, &section, &around.object);
    weft_store_release_u32(&around.begun, 1);
    CHECK(act_in_a_section(one) == WEFT_DICT_CLOSED);
    CHECK(!weft_thread_is_attached(one->self));
    weft_critical_end(one->self, &section);
}

static void close_at_the_end_of_its_section(weft_thread *self, weft_dict *dict) {
    worker one;
    weft_mutex_lock(&dict->head.mutex);
    weft_store_relaxed_u32(&around.begun, 0);
    start(&one, self, dict, SORT_NUMBER, 0, acts_in_a_section);
    AWAIT(weft_load_acquire_u32(&around.begun) != 0);
    AWAIT(weft_mutex_try_lock(&around.object)); /* the other waits for the dict, and has let go */
    weft_mutex_unlock(&dict->head.mutex);
    AWAIT((weft_load_relaxed_u8(&around.object.state) & WEFT_MUTEX_HAS_PARKED) != 0);
    weft_runtime_close(self);
    weft_mutex_unlock(&around.object);
    finish(&one, self);
}

/* The key of an entry, a reference of the caller's. */
static weft_dict_key key_in(weft_thread *self, weft_dict *dict, uint32_t number) {
    weft_dict_iterator iterator;
    weft_dict_key key;
    weft_ref *value;
    CHECK(weft_dict_iterate(self, dict, true, &iterator) == WEFT_DICT_OK);
    CHECK(weft_dict_next(self, &iterator, &key, &value) == WEFT_DICT_OK);
    weft_ref_decref(self, value);
    while (dict_key_number(key) != number) {
        dict_key_drop(self, key);
        CHECK(weft_dict_next(self, &iterator, &key, &value) == WEFT_DICT_OK);
        weft_ref_decref(self, value);
    }
    return key;
}

/* What the operation holds is the caller's to drop, here and below. */
static void drop_copied(weft_thread *self, weft_dict *dict) {
    for (uint32_t i = 0; i < 3; i++) {
        weft_ref *value;
        CHECK(weft_dict_get(self, dict, weft_dict_of_number(i), &value) == WEFT_DICT_OK);
        weft_ref_decref(self, value);
        weft_ref_decref(self, value);
    }
}

static void a_key_of_a_shape_comes_too_late(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict_keys *shape = dict_shape(self, 6);
    weft_dict *dict = dict_of_shape(self, discipline, shape);
    CHECK(dict_put(self, dict, SORT_SYMBOL, 0, 100) == WEFT_DICT_OK);
    closing.key = dict_key(self, SORT_SYMBOL, 1);
    close_at_the_end_of_its_section(self, dict);
    CHECK(dict_is(self, dict, (const uint32_t[]){0}, 1));
    CHECK(weft_load_relaxed_u32(&shape->table->count) == 1);
    dict_key_drop(self, closing.key);
    dict_drop(self, dict);
    weft_ref_decref(self, &shape->head);
    weft_ref_decref(self, &shape->head);
}

static void the_host_is_not_asked_too_late(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict *dict = filled(self, discipline, WEFT_DICT_GENERAL, SORT_TEXT, 3);
    weft_dict_key candidate = key_in(self, dict, 1);
    closing.key = dict_key(self, SORT_TEXT, 1);
    weft_ref_maybe_share(weft_dict_object_of(closing.key));
    dict_on_equal = equal_is_asked_too_late;
    close_at_the_end_of_its_section(self, dict);
    dict_on_equal = NULL;
    CHECK(dict_is(self, dict, (const uint32_t[]){0, 1, 2}, 3));
    dict_key_drop(self, candidate);
    dict_key_drop(self, candidate);
    dict_key_drop(self, closing.key);
    dict_drop(self, dict);
}

static void numbers_come_too_late(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict *dict = filled(self, discipline, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 3);
    around.into = dict_make(self, discipline, WEFT_DICT_IMMEDIATES);
    closing.key = weft_dict_of_number(1);
    if (closing.way == STEPS) {
        CHECK(weft_dict_iterate(self, dict, true, &ended.iterator) == WEFT_DICT_OK);
    } else if (closing.way == STORES_BY_A_CACHE) {
        /* It leads to an entry that has no value any more. */
        CHECK(weft_dict_cache_fill(self, dict, closing.key, &around.place));
        CHECK(dict_remove(self, dict, SORT_NUMBER, 1) == WEFT_DICT_OK);
        CHECK(weft_dict_set_shared(self, dict) == WEFT_DICT_OK);
    }
    close_at_the_end_of_its_section(self, dict);
    if (closing.way == STORES_BY_A_CACHE) {
        CHECK(dict_is(self, dict, (const uint32_t[]){0, 2}, 2));
    } else {
        CHECK(dict_is(self, dict, (const uint32_t[]){0, 1, 2}, 3));
    }
    CHECK(weft_dict_len(self, around.into) == 0);
    if (closing.way == COPIES) {
        drop_copied(self, dict);
    }
    dict_drop(self, around.into);
    dict_drop(self, dict);
}

static void ends_of_sections_that_come_back_to_a_closed_runtime(void) {
    for (unsigned way = 0; way < 2 * ENDS_OF_SECTIONS; way++) {
        weft_dict_discipline discipline =
            way < ENDS_OF_SECTIONS ? WEFT_DICT_DEFERRED : WEFT_DICT_PROMPT;
        weft_thread *self = dict_begin();
        closing.way = way % ENDS_OF_SECTIONS;
        closing.value = valued_make(self, 7);
        weft_ref_maybe_share(closing.value);
        if (closing.way == LEARNS_A_KEY) {
            a_key_of_a_shape_comes_too_late(self, discipline);
        } else if (closing.way == ASKS_THE_HOST) {
            the_host_is_not_asked_too_late(self, discipline);
        } else {
            numbers_come_too_late(self, discipline);
        }
        weft_ref_decref(self, closing.value);
        CHECK(dict_objects(self) == 0);
        dict_end(self);
    }
}

/* The optimistic path always failed because nothing set the flag it needs (CPython 124642). */
static void reads_fast(worker *one) {
    weft_dict_statistics before;
    weft_dict_statistics after;
    CHECK(dict_at(one->self, one->dict, one->of, 0) == 100); /* private to another thread */
    weft_dict_get_statistics(&before);
    for (uint32_t i = 0; i < 3000; i++) {
        CHECK(dict_at(one->self, one->dict, one->of, i % 3) == i % 3 + 100);
        CHECK(dict_at(one->self, one->dict, one->of, 77) == VALUED_DEAD);
        CHECK(weft_dict_len(one->self, one->dict) == 3);
    }
    weft_dict_get_statistics(&after);
    CHECK(after.slow_reads == before.slow_reads);
    CHECK(after.locked_reads == before.locked_reads);
#if WEFT_STATISTICS
    CHECK(before.slow_reads > 0 && before.locked_reads > 0 && before.shares > 0);
#endif
}
static void regression_cpython_124642_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < 2; i++) {
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 3);
        by_another(self, dict, KINDS[i].of, reads_fast);
        dict_drop(self, dict);
    }
}
static void regression_cpython_124642_fast_path_never_taken(void) {
    dict_with_both(regression_cpython_124642_in);
}

/* ---- readers against writers ------------------------------------------------------------------------ */

/* Every value is its key's, plus a multiple of a thousand. */
static bool is_of(uint32_t number, uint32_t key) {
    return number % 1000 == key + 100;
}

static void reads_always(worker *one) {
    weft_thread *self = one->self;
    weft_dict *dict = one->dict;
    weft_dict_cache caches[16];
    memset(caches, 0, sizeof caches);
    while (!stopped(one)) {
        for (uint32_t k = 0; k < 16; k++) {
            weft_dict_key key = dict_key(self, one->of, k);
            weft_ref *value = weft_dict_cached_get(self, dict, &caches[k]);
            CHECK(value == NULL || is_of(valued_number(value), k));
            if (value == NULL) {
                (void)weft_dict_cache_fill(self, dict, key, &caches[k]);
                (void)weft_dict_get(self, dict, key, &value);
                CHECK(value == NULL || is_of(valued_number(value), k));
            }
            if (value != NULL) {
                weft_ref_decref(self, value);
            }
            value = is_deferred(dict) ? weft_dict_borrow(self, dict, key) : NULL;
            CHECK(value == NULL || is_of(valued_number(value), k));
            dict_key_drop(self, key);
        }
        weft_dict_iterator iterator;
        weft_dict_key key;
        weft_ref *value;
        CHECK(weft_dict_iterate(self, dict, one->done % 2 != 0, &iterator) == WEFT_DICT_OK);
        while (weft_dict_next(self, &iterator, &key, &value) == WEFT_DICT_OK) {
            CHECK(is_of(valued_number(value), dict_key_number(key)));
            weft_ref_decref(self, value);
            dict_key_drop(self, key);
        }
        one->done++;
        breathe(self);
    }
}

/* What a mutator works on: eight keys or so are there. */
typedef struct scene {
    weft_thread *self;
    weft_dict *dict;
    weft_dict *other;
    sort of;
    uint32_t round;
} scene;

static void put_one(scene *on, uint32_t key) {
    CHECK(dict_put(on->self, on->dict, on->of, key, on->round % 50 * 1000 + key + 100) ==
          WEFT_DICT_OK);
}
static void mutate_set(scene *on) {
    put_one(on, on->round % 8);
}
static void mutate_delete(scene *on) {
    (void)dict_remove(on->self, on->dict, on->of, on->round % 8);
    put_one(on, on->round % 8);
}
static void mutate_popitem(scene *on) {
    weft_dict_key key;
    weft_ref *value;
    if (weft_dict_popitem(on->self, on->dict, on->round % 2 == 0, &key, &value) == WEFT_DICT_OK) {
        dict_key_drop(on->self, key);
        weft_ref_decref(on->self, value);
    }
    put_one(on, on->round % 16);
}
static void mutate_grow(scene *on) {
    for (uint32_t k = 8; k < 16; k++) {
        put_one(on, k);
    }
    CHECK(weft_dict_reserve(on->self, on->dict, 40) == WEFT_DICT_OK);
    for (uint32_t k = 8; k < 16; k++) {
        CHECK(dict_remove(on->self, on->dict, on->of, k) == WEFT_DICT_OK);
    }
}
static void mutate_clear(scene *on) {
    CHECK(weft_dict_clear(on->self, on->dict) == WEFT_DICT_OK);
    CHECK(weft_dict_update(on->self, on->dict, on->other) == WEFT_DICT_OK);
}
static void mutate_copy(scene *on) {
    CHECK(weft_dict_copy(on->self, on->other, on->dict) == WEFT_DICT_OK);
}
static void mutate_snapshot(scene *on) {
    CHECK(weft_dict_snapshot(on->self, on->other, on->dict) == WEFT_DICT_OK);
    put_one(on, on->round % 16);
}
static void mutate_convert(scene *on) {
    weft_ref *value = valued_make(on->self, 120);
    CHECK(weft_dict_set(on->self, on->dict, weft_dict_of_number(20), value) == WEFT_DICT_OK);
    weft_ref_decref(on->self, value);
    CHECK(weft_dict_copy(on->self, on->other, on->dict) == WEFT_DICT_OK);
}

static void (*const MUTATORS[])(scene *on) = {
    mutate_set,   mutate_delete, mutate_popitem,  mutate_grow,
    mutate_clear, mutate_copy,   mutate_snapshot, mutate_convert,
};

static void readers_against_every_mutator_in(weft_thread *self, weft_dict_discipline discipline,
                                             weft_dict_kind kind, sort of) {
    enum { READERS = 2, CHANGES = WEFT_TSAN ? 40 : 150 };
    static worker readers[READERS];
    dict_collide(self, 3);
    for (size_t m = 0; m < sizeof MUTATORS / sizeof MUTATORS[0]; m++) {
        weft_dict *dict = filled(self, discipline, kind, of, 8);
        weft_dict *other = filled(self, discipline, kind, of, 8);
        scene on = {self, dict, other, of, 0};
        for (uint32_t i = 0; i < READERS; i++) {
            start(&readers[i], self, dict, of, i, reads_always);
        }
        for (; on.round < CHANGES; on.round++) {
            MUTATORS[m](&on);
            breathe(self);
        }
        for (unsigned i = 0; i < READERS; i++) {
            finish(&readers[i], self);
        }
        dict_drop(self, dict);
        dict_drop(self, other);
    }
}
static void readers_against_every_mutator(void) {
    in_each_kind(readers_against_every_mutator_in);
}

/* Index published before the entry it points to (CPython 132869): whoever finds a new key finds its value. */
static weft_atomic_u32 newest;
static void reads_the_newest(worker *one) {
    while (!stopped(one)) {
        uint32_t k = weft_load_relaxed_u32(&newest); /* maybe inserted, maybe not yet */
        uint32_t number = dict_at(one->self, one->dict, one->of, k);
        CHECK(number == VALUED_DEAD || number == k + 100);
        one->done += number != VALUED_DEAD;
        breathe(one->self);
    }
}
static void regression_cpython_132869_in(weft_thread *self, weft_dict_discipline discipline,
                                         weft_dict_kind kind, sort of) {
    enum { READERS = 2, MANY = 3000 };
    static worker readers[READERS];
    weft_dict *dict = dict_make(self, discipline, kind);
    CHECK(weft_dict_set_shared(self, dict) == WEFT_DICT_OK);
    for (uint32_t i = 0; i < READERS; i++) {
        start(&readers[i], self, dict, of, i, reads_the_newest);
    }
    for (uint32_t k = 0; k < MANY; k++) {
        weft_store_relaxed_u32(&newest, k);
        CHECK(dict_put(self, dict, of, k, k + 100) == WEFT_DICT_OK);
        breathe(self);
    }
    for (uint32_t i = 0; i < READERS; i++) {
        AWAIT(weft_load_relaxed_u32(&newest) == MANY - 1);
        finish(&readers[i], self);
    }
    CHECK(weft_dict_len(self, dict) == MANY);
    dict_drop(self, dict);
}
static void regression_cpython_132869_index_before_entry(void) {
    in_each_kind(regression_cpython_132869_in);
}

/* An entry reused after popitem: a reader of one key must not get another's value. */
static void reads_popped_keys(worker *one) {
    while (!stopped(one)) {
        uint32_t k = (uint32_t)(one->done++ % 4);
        uint32_t number = dict_at(one->self, one->dict, one->of, k);
        CHECK(number == VALUED_DEAD || number == k + 100);
        if (one->done % 16 == 0) {
            breathe(one->self);
        }
    }
}
static void popitem_against_readers_in(weft_thread *self, weft_dict_discipline discipline,
                                       weft_dict_kind kind, sort of) {
    enum { CHANGES = WEFT_TSAN ? 1000 : 5000 };
    static worker readers[2];
    weft_dict *dict = filled(self, discipline, kind, of, 1);
    for (uint32_t i = 0; i < 2; i++) {
        start(&readers[i], self, dict, of, i, reads_popped_keys);
    }
    for (uint32_t i = 0; i < CHANGES; i++) {
        weft_dict_key key;
        weft_ref *value;
        CHECK(weft_dict_popitem(self, dict, true, &key, &value) == WEFT_DICT_OK);
        CHECK(valued_number(value) == dict_key_number(key) + 100);
        weft_ref_decref(self, value);
        dict_key_drop(self, key);
        CHECK(dict_put(self, dict, of, i % 4, i % 4 + 100) == WEFT_DICT_OK);
        breathe(self);
    }
    for (uint32_t i = 0; i < 2; i++) {
        finish(&readers[i], self);
    }
    dict_drop(self, dict);
}
static void popitem_against_readers(void) {
    in_each_kind(popitem_against_readers_in);
}

/* Readers of keys that are always there, while the table grows and shrinks all the time. */
static void reads_what_stays(worker *one) {
    while (!stopped(one)) {
        uint32_t k = any_below(one, 50);
        CHECK(dict_at(one->self, one->dict, one->of, k) == k + 100);
        one->done++;
        breathe(one->self);
    }
}
static void resize_storm_in(weft_thread *self, weft_dict_discipline discipline, weft_dict_kind kind,
                            sort of) {
    enum { READERS = 2, STORM = WEFT_TSAN ? 5 : 30 };
    static worker readers[READERS];
    weft_dict_statistics before;
    weft_dict_statistics after;
    weft_dict *dict = filled(self, discipline, kind, of, 50);
    for (uint32_t i = 0; i < READERS; i++) {
        start(&readers[i], self, dict, of, i, reads_what_stays);
    }
    weft_dict_get_statistics(&before);
    for (unsigned round = 0; round < STORM; round++) {
        for (uint32_t k = 50; k < 400; k++) {
            CHECK(dict_put(self, dict, of, k, 1) == WEFT_DICT_OK);
        }
        for (uint32_t k = 50; k < 400; k++) {
            CHECK(dict_remove(self, dict, of, k) == WEFT_DICT_OK);
        }
        breathe(self);
    }
    weft_dict_get_statistics(&after);
    CHECK(!WEFT_STATISTICS || after.copies - before.copies >= STORM / 2);
    for (uint32_t i = 0; i < READERS; i++) {
        finish(&readers[i], self);
    }
    dict_drop(self, dict);
}
static void resize_storm(void) {
    in_each_kind(resize_storm_in);
}

/* A miss is cached, and still said after the key was inserted: never. The writer says which key it has inserted. */
static weft_atomic_u32 inserted;
static void caches_misses(worker *one) {
    weft_dict_cache cache = {0};
    uint32_t of_key = 0;
    while (!stopped(one)) {
        /* Acquire: the key is in the dict. */
        uint32_t k = weft_load_acquire_u32(&inserted);
        if (cache.id != 0 && of_key < k) {
            CHECK(!weft_dict_cached_miss(one->self, one->dict, &cache));
        }
        of_key = k;
        weft_dict_key key = dict_key(one->self, one->of, of_key);
        if (weft_dict_cache_fill(one->self, one->dict, key, &cache) && cache.offset == 0) {
            one->done++;
        } else {
            cache.id = 0;
        }
        dict_key_drop(one->self, key);
        breathe(one->self);
    }
}
static void negative_caches_against_insertions_in(weft_thread *self,
                                                  weft_dict_discipline discipline,
                                                  weft_dict_kind kind, sort of) {
    enum { MANY = 2000 };
    static worker reader;
    weft_dict *dict = dict_make(self, discipline, kind);
    CHECK(weft_dict_set_shared(self, dict) == WEFT_DICT_OK);
    CHECK(weft_dict_reserve(self, dict, MANY) == WEFT_DICT_OK);
    weft_store_relaxed_u32(&inserted, 0);
    start(&reader, self, dict, of, 0, caches_misses);
    for (uint32_t k = 0; k < MANY; k++) {
        CHECK(dict_put(self, dict, of, k, k) == WEFT_DICT_OK);
        weft_store_release_u32(&inserted, k + 1);
        breathe(self);
    }
    finish(&reader, self);
    dict_drop(self, dict);
}
static void negative_caches_against_insertions(void) {
    in_each_kind(negative_caches_against_insertions_in);
}

/* A snapshot stays what it was, whatever becomes of the dict. */
static void takes_snapshots(worker *one) {
    weft_thread *self = one->self;
    weft_dict *snapshot = dict_make(self, discipline_of(one->dict), WEFT_DICT_GENERAL);
    while (!stopped(one)) {
        uint32_t first[16];
        CHECK(weft_dict_snapshot(self, one->dict, snapshot) == WEFT_DICT_OK);
        size_t size = weft_dict_len(self, snapshot);
        for (uint32_t k = 0; k < 16; k++) {
            first[k] = dict_at(self, snapshot, one->of, k);
        }
        breathe(self);
        sched_yield();
        for (uint32_t k = 0; k < 16; k++) {
            CHECK(dict_at(self, snapshot, one->of, k) == first[k]);
        }
        CHECK(weft_dict_len(self, snapshot) == size);
        one->done++;
    }
    dict_drop(self, snapshot);
}
static void snapshots_stay_in(weft_thread *self, weft_dict_discipline discipline,
                              weft_dict_kind kind, sort of) {
    static worker snappers[2];
    weft_dict *dict = filled(self, discipline, kind, of, 8);
    for (uint32_t i = 0; i < 2; i++) {
        start(&snappers[i], self, dict, of, i, takes_snapshots);
    }
    scene on = {self, dict, NULL, of, 0};
    for (; on.round < (WEFT_TSAN ? 300 : 1000); on.round++) {
        mutate_set(&on);
        mutate_popitem(&on);
        mutate_delete(&on);
        breathe(self);
    }
    for (uint32_t i = 0; i < 2; i++) {
        finish(&snappers[i], self);
    }
    dict_drop(self, dict);
}
static void snapshots_stay(void) {
    in_each_kind(snapshots_stay_in);
}

/* Writers on several threads lose nothing. */
static void writes_its_own(worker *one) {
    for (uint32_t i = 0; i < 300; i++) {
        CHECK(dict_put(one->self, one->dict, one->of, one->number * 1000 + i, i) == WEFT_DICT_OK);
        if (i % 3 == 0) {
            CHECK(dict_remove(one->self, one->dict, one->of, one->number * 1000 + i) ==
                  WEFT_DICT_OK);
        }
        breathe(one->self);
    }
}
static void writers_lose_nothing_in(weft_thread *self, weft_dict_discipline discipline,
                                    weft_dict_kind kind, sort of) {
    static worker writers[3];
    dict_collide(self, 200);
    weft_dict *dict = dict_make(self, discipline, kind);
    for (uint32_t i = 0; i < 3; i++) {
        start(&writers[i], self, dict, of, i, writes_its_own);
    }
    for (uint32_t i = 0; i < 3; i++) {
        finish(&writers[i], self);
    }
    CHECK(weft_dict_len(self, dict) == 600);
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t k = 0; k < 300; k++) {
            uint32_t wanted = k % 3 == 0 ? VALUED_DEAD : k;
            CHECK(dict_at(self, dict, of, i * 1000 + k) == wanted);
        }
    }
    dict_drop(self, dict);
}
static void writers_lose_nothing(void) {
    in_each_kind(writers_lose_nothing_in);
}

/* Dicts of one shape are filled by several threads at once. */
static weft_dict_keys *the_shape;
static void fills_instances(worker *one) {
    for (unsigned round = 0; round < 200; round++) {
        weft_dict *dict = dict_of_shape(one->self, WEFT_DICT_DEFERRED, the_shape);
        for (uint32_t i = 0; i < 6; i++) {
            uint32_t k = (i + one->number * (round % 2)) % 8;
            CHECK(dict_put(one->self, dict, SORT_SYMBOL, k, k + 100) == WEFT_DICT_OK);
        }
        for (uint32_t i = 0; i < 6; i++) {
            uint32_t k = (i + one->number * (round % 2)) % 8;
            CHECK(dict_at(one->self, dict, SORT_SYMBOL, k) == k + 100);
        }
        one->done += weft_dict_kind_of(dict) == WEFT_DICT_SPLIT;
        dict_drop(one->self, dict);
        breathe(one->self);
    }
}
static void a_shape_grows_under_several_threads(void) {
    static worker makers[3];
    weft_thread *self = dict_begin();
    the_shape = dict_shape(self, 10);
    for (uint32_t i = 0; i < 3; i++) {
        start(&makers[i], self, NULL, SORT_SYMBOL, i, fills_instances);
    }
    for (uint32_t i = 0; i < 3; i++) {
        finish(&makers[i], self);
        CHECK(makers[i].done > 0);
    }
    CHECK(weft_load_relaxed_u32(&the_shape->table->count) == 8);
    weft_ref_decref(self, &the_shape->head);
    CHECK(dict_objects(self) == 0);
    dict_end(self);
}

/* Who has popped a value and finds it unique may change it: no reader gets it meanwhile. */
static void keeps_values(worker *one) {
    while (!stopped(one)) {
        weft_ref *value = NULL;
        if (weft_dict_get(one->self, one->dict, weft_dict_of_number(one->done++ % 2), &value) ==
            WEFT_DICT_OK) {
            CHECK(valued_number(value) < 200);
            weft_spin_pause();
            CHECK(valued_number(value) < 200);
            weft_ref_decref(one->self, value);
        }
        if (one->done % 16 == 0) {
            breathe(one->self);
        }
    }
}
static void popped_values_may_be_changed_if_unique(void) {
    static worker readers[2];
    enum { CHANGES = 5000 };
    weft_thread *self = dict_begin();
    weft_dict *dict = filled(self, WEFT_DICT_PROMPT, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 2);
    for (uint32_t i = 0; i < 2; i++) {
        start(&readers[i], self, dict, SORT_NUMBER, i, keeps_values);
    }
    uint32_t changed = 0;
    /* Readers that lost their CPU with both values in their hands leave nothing unique for a while. */
    for (uint32_t i = 0; i < CHANGES || changed == 0; i++) {
        weft_ref *value;
        weft_dict_key key = weft_dict_of_number(i % 2);
        CHECK(weft_dict_pop(self, dict, key, &value) == WEFT_DICT_OK);
        if (weft_ref_unique(self, value) != WEFT_REF_NOT_UNIQUE) {
            weft_atomic_u32 *number = &((valued *)value)->number;
            uint32_t old = valued_number(value);
            weft_store_relaxed_u32(number, 999);
            weft_store_relaxed_u32(number, old);
            changed++;
        }
        CHECK(weft_dict_set(self, dict, key, value) == WEFT_DICT_OK);
        weft_ref_decref(self, value);
        breathe(self);
    }
    for (uint32_t i = 0; i < 2; i++) {
        finish(&readers[i], self);
    }
    dict_drop(self, dict);
    CHECK(dict_objects(self) == 0);
    dict_end(self);
}

/* More dicts in dicts than a thread drains when it ends, a grace period each: the rest goes with the runtime, without a thread. */
static void deep_nests_end_with_their_runtime(void) {
    weft_thread *self = dict_begin();
    weft_dict *outer = dict_make(self, WEFT_DICT_DEFERRED, WEFT_DICT_IMMEDIATES);
    for (int depth = 0; depth < 2000; depth++) {
        weft_dict *inner = outer;
        outer = dict_make(self, WEFT_DICT_DEFERRED, WEFT_DICT_IMMEDIATES);
        CHECK(weft_dict_set_shared(self, outer) == WEFT_DICT_OK);
        CHECK(weft_dict_set(self, outer, weft_dict_of_number(1), &inner->head) == WEFT_DICT_OK);
        dict_drop(self, inner);
    }
    dict_drop(self, outer);
    dict_end(self);
}

const scenario dict_concurrent_scenarios[] = {
    {"DeepNestsEndWithTheirRuntime", deep_nests_end_with_their_runtime},
    {"Linearizable", linearizable},
    {"BorrowOfALockedPrivateDictFails", borrow_of_a_locked_private_dict_fails},
    {"ADictOfAThreadThatHasGone", a_dict_of_a_thread_that_has_gone},
    {"HooksThatComeBackToAClosedRuntime", hooks_that_come_back_to_a_closed_runtime},
    {"IterationsThatComeBackToAClosedRuntime", iterations_that_come_back_to_a_closed_runtime},
    {"EndsOfSectionsThatComeBackToAClosedRuntime",
     ends_of_sections_that_come_back_to_a_closed_runtime},
    {"ReadersAgainstEveryMutator", readers_against_every_mutator},
    {"PopitemAgainstReaders", popitem_against_readers},
    {"ResizeStorm", resize_storm},
    {"NegativeCachesAgainstInsertions", negative_caches_against_insertions},
    {"SnapshotsStay", snapshots_stay},
    {"WritersLoseNothing", writers_lose_nothing},
    {"AShapeGrowsUnderSeveralThreads", a_shape_grows_under_several_threads},
    {"PoppedValuesMayBeChangedIfUnique", popped_values_may_be_changed_if_unique},
    {"RegressionCpython124642FastPathNeverTaken", regression_cpython_124642_fast_path_never_taken},
    {"RegressionCpython132869IndexBeforeEntry", regression_cpython_132869_index_before_entry},
    {"RegressionCpython144295LookUpThatDoesNotShare",
     regression_cpython_144295_lookup_that_does_not_share},
    {NULL, NULL},
};
