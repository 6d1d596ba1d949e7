/* Dicts: host code in the middle of operations: hashes and equality that fail, change the dict, detach. */
#include "dict_scenarios.h"
#include "dict_support.h"

#include "weft_host.h"

#include <stdlib.h>

/* What equality does when it is asked for the n-th time; then it answers as usual, or as `answer` says. */
typedef struct meddler {
    weft_dict *dict;
    void (*act)(weft_thread *self, weft_dict *dict);
    unsigned when;
    unsigned calls;
    int answer;
} meddler;
static meddler meddling;

static int meddles(weft_thread *self, weft_dict_key candidate, weft_dict_key key) {
    (void)candidate;
    (void)key;
    if (meddling.calls++ != meddling.when) {
        return DICT_USUAL;
    }
    dict_on_equal = NULL; /* what it does asks, too */
    if (meddling.act != NULL) {
        meddling.act(self, meddling.dict);
    }
    dict_on_equal = meddles;
    return meddling.answer;
}

static void meddle(weft_dict *dict, void (*act)(weft_thread *self, weft_dict *dict), unsigned when,
                   int answer) {
    meddling = (meddler){dict, act, when, 0, answer};
    dict_on_equal = meddles;
}

/* Texts of one hash. */
static weft_dict *colliding(weft_thread *self, weft_dict_discipline discipline, uint32_t count) {
    dict_collide(self, 1);
    weft_dict *dict = dict_make(self, discipline, WEFT_DICT_GENERAL);
    for (uint32_t i = 0; i < count; i++) {
        CHECK(dict_put(self, dict, SORT_TEXT, i, i + 100) == WEFT_DICT_OK);
    }
    return dict;
}

/* ---- failures -------------------------------------------------------------------------------------- */

static bool hash_fails(weft_thread *self, weft_ref *key) {
    (void)self;
    (void)key;
    return false;
}

/* Every operation with a key, and what it answers. */
static weft_dict_result does_get(weft_thread *self, weft_dict *dict, weft_dict_key key) {
    weft_ref *value;
    weft_dict_result result = weft_dict_get(self, dict, key, &value);
    if (result == WEFT_DICT_OK) {
        weft_ref_decref(self, value);
    }
    return result;
}
static weft_dict_result does_set(weft_thread *self, weft_dict *dict, weft_dict_key key) {
    weft_ref *value = valued_make(self, 7);
    weft_dict_result result = weft_dict_set(self, dict, key, value);
    weft_ref_decref(self, value);
    return result;
}
static weft_dict_result does_default(weft_thread *self, weft_dict *dict, weft_dict_key key) {
    weft_ref *value = valued_make(self, 7);
    weft_ref *now;
    bool there;
    weft_dict_result result = weft_dict_set_default(self, dict, key, value, &now, &there);
    weft_ref_decref(self, value);
    if (result == WEFT_DICT_OK) {
        weft_ref_decref(self, now);
    }
    return result;
}
static weft_dict_result does_delete(weft_thread *self, weft_dict *dict, weft_dict_key key) {
    return weft_dict_delete(self, dict, key);
}
static weft_dict_result does_pop(weft_thread *self, weft_dict *dict, weft_dict_key key) {
    weft_ref *value;
    weft_dict_result result = weft_dict_pop(self, dict, key, &value);
    if (result == WEFT_DICT_OK) {
        weft_ref_decref(self, value);
    }
    return result;
}

typedef weft_dict_result operation(weft_thread *self, weft_dict *dict, weft_dict_key key);
static operation *const OPERATIONS[] = {does_get, does_set, does_default, does_delete, does_pop};
#define OPERATIONS_COUNT (sizeof OPERATIONS / sizeof OPERATIONS[0])

static void hooks_that_fail_in(weft_thread *self, weft_dict_discipline discipline) {
    static const uint32_t ALL[] = {0, 1, 2, 3, 4};
    for (size_t i = 0; i < OPERATIONS_COUNT; i++) {
        weft_dict *dict = colliding(self, discipline, 5);
        weft_dict_key key = dict_key(self, SORT_TEXT, 3);
        uint64_t version = weft_dict_version(dict);
        dict_on_hash = hash_fails;
        CHECK(OPERATIONS[i](self, dict, key) == WEFT_DICT_STOPPED);
        dict_on_hash = NULL;
        for (unsigned when = 0; when < 4; when++) {
            meddle(dict, NULL, when, -1);
            CHECK(OPERATIONS[i](self, dict, key) == WEFT_DICT_STOPPED);
            dict_on_equal = NULL;
        }
        CHECK(weft_dict_version(dict) == version);
        CHECK(dict_is(self, dict, ALL, 5));
        dict_key_drop(self, key);
        dict_drop(self, dict);
    }
}
static void hooks_that_fail(void) {
    dict_with_both(hooks_that_fail_in);
}

/* ---- equality that changes the dict ----------------------------------------------------------------- */

static void deletes_the_key(weft_thread *self, weft_dict *dict) {
    (void)dict_remove(self, dict, SORT_TEXT, 3);
}
static void deletes_another(weft_thread *self, weft_dict *dict) {
    (void)dict_remove(self, dict, SORT_TEXT, 0);
}
static void clears(weft_thread *self, weft_dict *dict) {
    CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
}
static void overwrites(weft_thread *self, weft_dict *dict) {
    CHECK(dict_put(self, dict, SORT_TEXT, 3, 103) == WEFT_DICT_OK);
}
static void grows(weft_thread *self, weft_dict *dict) {
    for (uint32_t i = 10; i < 40; i++) {
        CHECK(dict_put(self, dict, SORT_TEXT, i, i + 100) == WEFT_DICT_OK);
    }
}
static void puts_back(weft_thread *self, weft_dict *dict) {
    (void)dict_remove(self, dict, SORT_TEXT, 3);
    CHECK(dict_put(self, dict, SORT_TEXT, 3, 103) == WEFT_DICT_OK);
}
static void detaches(weft_thread *self, weft_dict *dict) {
    (void)dict;
    weft_thread_detach(self);
    CHECK(weft_thread_attach(self) == WEFT_THREAD_OK);
}
static void waits_for_grace_periods(weft_thread *self, weft_dict *dict) {
    clears(self, dict);
    (void)weft_thread_safepoint(self);
    weft_qsbr_barrier(self);
    for (uint32_t i = 0; i < 5; i++) {
        CHECK(dict_put(self, dict, SORT_TEXT, i, i + 100) == WEFT_DICT_OK);
    }
}

static const struct {
    void (*act)(weft_thread *self, weft_dict *dict);
    bool leaves; /* the key is there afterwards */
} ACTS[] = {
    {deletes_the_key, false},
    {deletes_another, true},
    {clears, false},
    {overwrites, true},
    {grows, true},
    {puts_back, true},
    {detaches, true},
    {waits_for_grace_periods, true},
};

/* What an operation answers if the key is there, if it is not, and whether it is there afterwards. */
static weft_dict_result expected(size_t operation_number, bool there) {
    bool makes =
        OPERATIONS[operation_number] == does_set || OPERATIONS[operation_number] == does_default;
    return there || makes ? WEFT_DICT_OK : WEFT_DICT_MISSING;
}
static bool is_there_afterwards(size_t operation_number, bool there) {
    if (OPERATIONS[operation_number] == does_get) {
        return there;
    }
    return OPERATIONS[operation_number] == does_set || OPERATIONS[operation_number] == does_default;
}

/* Asked about the candidate before the key, about the key, and about one that is no key. */
static void equality_that_mutates_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t act = 0; act < sizeof ACTS / sizeof ACTS[0]; act++) {
        for (size_t i = 0; i < OPERATIONS_COUNT; i++) {
            for (unsigned when = 0; when < 4; when++) {
                for (int shared = 0; shared < 2; shared++) {
                    weft_dict *dict = colliding(self, discipline, 5);
                    weft_dict_key key = dict_key(self, SORT_TEXT, 3);
                    CHECK(shared == 0 || weft_dict_set_shared(self, dict) == WEFT_DICT_OK);
                    meddle(dict, ACTS[act].act, when, DICT_USUAL);
                    weft_dict_result result = OPERATIONS[i](self, dict, key);
                    CHECK(meddling.calls > when);
                    dict_on_equal = NULL;
                    CHECK(result == expected(i, ACTS[act].leaves));
                    CHECK((dict_at(self, dict, SORT_TEXT, 3) != VALUED_DEAD) ==
                          is_there_afterwards(i, ACTS[act].leaves));
                    CHECK(ACTS[act].act == clears || dict_at(self, dict, SORT_TEXT, 4) == 104);
                    dict_key_drop(self, key);
                    dict_drop(self, dict);
                }
            }
        }
    }
}
static void equality_that_mutates(void) {
    dict_with_both(equality_that_mutates_in);
}

static unsigned acts;
static int always_copies(weft_thread *self, weft_dict_key candidate, weft_dict_key key) {
    (void)candidate;
    (void)key;
    acts++;
    CHECK(weft_dict_copy(self, meddling.dict, meddling.dict) == WEFT_DICT_OK);
    return DICT_USUAL;
}

/* A table that is another whenever the host was asked: reads end under the lock, writers by what they know already. */
static void equality_that_always_mutates_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < OPERATIONS_COUNT; i++) {
        weft_dict_statistics before;
        weft_dict_statistics after;
        weft_dict *dict = colliding(self, discipline, 12);
        weft_dict_key key = dict_key(self, SORT_TEXT, 11);
        weft_dict_get_statistics(&before);
        meddling.dict = dict;
        acts = 0;
        dict_on_equal = always_copies;
        CHECK(OPERATIONS[i](self, dict, key) == WEFT_DICT_OK);
        dict_on_equal = NULL;
        weft_dict_get_statistics(&after);
        CHECK(acts >= 12);
        if (OPERATIONS[i] == does_get && WEFT_STATISTICS) {
            CHECK(after.restarts > before.restarts);
            CHECK(after.locked_reads == before.locked_reads + 1);
        }
        dict_key_drop(self, key);
        dict_drop(self, dict);
    }
}
static void equality_that_always_mutates(void) {
    dict_with_both(equality_that_always_mutates_in);
}

/* ---- address reuse --------------------------------------------------------------------------------- */

/* An allocator that gives a freed block back at once. */
#define POOL 16U
static struct {
    void *memory;
    size_t size;
    size_t alignment;
} pool[POOL];

static weft_host plenty; /* the library's own hooks */

static void *reuse(void *context, size_t size, size_t alignment) {
    (void)context;
    for (size_t i = 0; i < POOL; i++) {
        if (pool[i].memory != NULL && pool[i].size == size && pool[i].alignment == alignment) {
            void *memory = pool[i].memory;
            pool[i].memory = NULL;
            return memory;
        }
    }
    return plenty.allocate(plenty.context, size, alignment);
}

static void keep(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    for (size_t i = 0; i < POOL && memory != NULL; i++) {
        if (pool[i].memory == NULL) {
            pool[i].memory = memory;
            pool[i].size = size;
            pool[i].alignment = alignment;
            return;
        }
    }
    plenty.free(plenty.context, memory, size, alignment);
}

static weft_dict_table *before_table;
static bool was_reused;

/* Another table at the same address, with other keys in the same entries. */
static void replaces_the_table(weft_thread *self, weft_dict *dict) {
    before_table = weft_dict_table_of(self, dict);
    CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
    (void)weft_thread_safepoint(self);
    weft_qsbr_barrier(self);
    for (uint32_t i = 0; i < 5; i++) {
        CHECK(dict_put(self, dict, SORT_TEXT, i + 20, i + 120) == WEFT_DICT_OK);
    }
    was_reused = weft_dict_table_of(self, dict) == before_table;
}

/* The host says that the candidate is the key; meanwhile its table has gone, and another one has its address: whose entry is
 * another key's. */
static void address_reuse_across_host_equality_in(weft_thread *self,
                                                  weft_dict_discipline discipline) {
    static const weft_host REUSING = {.allocate = reuse, .free = keep};
    for (int shared = 0; shared < 2; shared++) {
        weft_dict_statistics before;
        weft_dict_statistics after;
        weft_ref *value = NULL;
        weft_host_set(NULL);
        plenty = *weft_host_get();
        weft_host_set(&REUSING);
        weft_dict *dict = colliding(self, discipline, 5);
        CHECK(shared == 0 || weft_dict_set_shared(self, dict) == WEFT_DICT_OK);
        weft_dict_key key = dict_key(self, SORT_TEXT, 0);
        weft_dict_get_statistics(&before);
        meddle(dict, replaces_the_table, 0, DICT_USUAL);
        CHECK(weft_dict_get(self, dict, key, &value) == WEFT_DICT_MISSING);
        dict_on_equal = NULL;
        CHECK(was_reused);
        weft_dict_get_statistics(&after);
        CHECK(!WEFT_STATISTICS || after.restarts == before.restarts + 1);
        /* Writers, too. */
        CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
        CHECK(dict_put(self, dict, SORT_TEXT, 0, 100) == WEFT_DICT_OK);
        meddle(dict, replaces_the_table, 0, DICT_USUAL);
        CHECK(weft_dict_delete(self, dict, key) == WEFT_DICT_MISSING);
        dict_on_equal = NULL;
        CHECK(dict_is(self, dict, (const uint32_t[]){20, 21, 22, 23, 24}, 5));
        dict_key_drop(self, key);
        dict_drop(self, dict);
        (void)dict_objects(self);
        weft_host_set(NULL);
        for (size_t i = 0; i < POOL; i++) {
            if (pool[i].memory != NULL) {
                plenty.free(plenty.context, pool[i].memory, pool[i].size, pool[i].alignment);
            }
            pool[i].memory = NULL;
        }
    }
}
static void address_reuse_across_host_equality(void) {
    dict_with_both(address_reuse_across_host_equality_in);
}

/* The candidate itself is deleted and dropped while the host compares it: it is held. */
static void drops_the_candidate(weft_thread *self, weft_dict *dict) {
    (void)dict_remove(self, dict, SORT_TEXT, 0);
    (void)weft_thread_safepoint(self);
    weft_qsbr_barrier(self);
}

static void candidates_are_held_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < OPERATIONS_COUNT; i++) {
        weft_dict *dict = colliding(self, discipline, 3);
        weft_dict_key key = dict_key(self, SORT_TEXT, 0);
        meddle(dict, drops_the_candidate, 0,
               DICT_USUAL); /* afterwards their numbers are compared */
        CHECK(OPERATIONS[i](self, dict, key) == expected(i, false));
        dict_on_equal = NULL;
        dict_key_drop(self, key);
        dict_drop(self, dict);
    }
}
static void candidates_are_held(void) {
    dict_with_both(candidates_are_held_in);
}

/* A key that its caller borrows from a DEFERRED dict dies there while the host is asked for its hash, or about the n-th candidate: the
 * look-up holds it. */
static weft_dict *lender;
static void takes_the_key_back(weft_thread *self, weft_dict *dict) {
    (void)dict;
    clears(self, lender);
    (void)weft_thread_safepoint(self);
    weft_qsbr_barrier(self);
}
static bool hash_takes_the_key_back(weft_thread *self, weft_ref *key) {
    (void)key;
    dict_on_hash = NULL;
    takes_the_key_back(self, NULL);
    return true;
}

static weft_dict_key borrowed_key(weft_thread *self, uint32_t number) {
    weft_ref *value;
    weft_dict_key key;
    CHECK(dict_put(self, lender, SORT_TEXT, number, number) == WEFT_DICT_OK);
    weft_dict_iterator iterator;
    CHECK(weft_dict_iterate(self, lender, true, &iterator) == WEFT_DICT_OK);
    CHECK(weft_dict_next(self, &iterator, &key, &value) == WEFT_DICT_OK);
    weft_ref_decref(self, value);
    dict_key_drop(self, key);
    return key;
}

static void borrowed_keys_are_held(void) {
    weft_thread *self = dict_begin();
    for (unsigned when = 0; when < 4; when++) {
        weft_dict *dict = colliding(self, WEFT_DICT_DEFERRED, 4);
        lender = dict_make(self, WEFT_DICT_DEFERRED, WEFT_DICT_GENERAL);
        weft_dict_key key = borrowed_key(self, 3);
        if (when == 3) {
            dict_on_hash = hash_takes_the_key_back;
        } else {
            meddle(dict, takes_the_key_back, when, DICT_USUAL);
        }
        CHECK(does_get(self, dict, key) == WEFT_DICT_OK);
        dict_on_equal = NULL;
        dict_drop(self, lender);
        dict_drop(self, dict);
    }
    dict_end(self);
}

/* A removed key lives as long as the watcher wants to know which it was. */
static unsigned told;
static void looks_late(weft_thread *self, weft_dict *dict, const weft_dict_change *change) {
    (void)dict;
    (void)weft_thread_safepoint(self);
    weft_qsbr_barrier(self);
    CHECK(change->kind == WEFT_DICT_REMOVED && dict_key_number(change->key) == told);
    told++;
}

static void removed_keys_outlive_their_watcher_in(weft_thread *self,
                                                  weft_dict_discipline discipline) {
    weft_dict *dict = colliding(self, discipline, 3);
    weft_dict_key key;
    weft_ref *value;
    told = 0;
    weft_dict_set_watcher(looks_late);
    CHECK(weft_dict_watch(self, dict, true) == WEFT_DICT_OK);
    CHECK(dict_remove(self, dict, SORT_TEXT, 0) == WEFT_DICT_OK);
    CHECK(weft_dict_popitem(self, dict, false, NULL, NULL) == WEFT_DICT_OK);
    CHECK(weft_dict_popitem(self, dict, false, &key, &value) == WEFT_DICT_OK);
    CHECK(told == 3 && dict_key_number(key) == 2);
    weft_dict_set_watcher(NULL);
    weft_ref_decref(self, value);
    dict_key_drop(self, key);
    dict_drop(self, dict);
}
static void removed_keys_outlive_their_watcher(void) {
    dict_with_both(removed_keys_outlive_their_watcher_in);
}

/* More candidates than fit on the stack, and no memory for more. */
static void no_memory_for_answers_in(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict *dict = colliding(self, discipline, 30);
    weft_dict_key key = dict_key(self, SORT_TEXT, 29);
    CHECK(weft_dict_reserve(self, dict, 60) == WEFT_DICT_OK);
    for (size_t i = 1; i < OPERATIONS_COUNT; i++) {
        (void)weft_thread_safepoint(self);
        dict_fail_after(0);
        CHECK(OPERATIONS[i](self, dict, key) == WEFT_DICT_NO_MEMORY);
        dict_fail_after(UINT64_MAX);
        CHECK(dict_at(self, dict, SORT_TEXT, 29) == 129);
    }
    dict_fail_after(0);
    CHECK(does_get(self, dict, key) == WEFT_DICT_OK); /* reads need none */
    dict_fail_after(UINT64_MAX);
    dict_key_drop(self, key);
    dict_drop(self, dict);
}
static void no_memory_for_answers(void) {
    dict_with_both(no_memory_for_answers_in);
}

const scenario dict_hooks_scenarios[] = {
    {"HooksThatFail", hooks_that_fail},
    {"EqualityThatMutates", equality_that_mutates},
    {"EqualityThatAlwaysMutates", equality_that_always_mutates},
    {"AddressReuseAcrossHostEquality", address_reuse_across_host_equality},
    {"CandidatesAreHeld", candidates_are_held},
    {"BorrowedKeysAreHeld", borrowed_keys_are_held},
    {"RemovedKeysOutliveTheirWatcher", removed_keys_outlive_their_watcher},
    {"NoMemoryForAnswers", no_memory_for_answers},
    {NULL, NULL},
};
