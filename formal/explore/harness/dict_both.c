/* A dict that is shared, and two threads that change it: main by MAINS, the other one by OTHERS, a letter for each change; THIRDS: and
 * a third one:
 *     s set of key 1   a set of key 3, which is new   e set_default of key 3   d pop of key 1   p popitem of the last   f of the first
 *     i set of key 1 by a cache of where it was in the beginning
 *     c clear   g grow   U update by a dict of keys 3 and 4, which is two changes   C copy, into it, of a dict of key 3
 *     V update by it of another dict: each item that this gets was put in
 *     k copy of it   h snapshot of it: the next change copies the table   t traverse, in a stopped world
 *     1 3 get of that key   b borrow of key 1   q poll, so that what may be freed is
 * What each got and what the dict is in the end, order included, are those of a dict to which the changes happen one after the other, in
 * some order that is each thread's own. What k and h make, and t visits, are all items of one moment. The keys are numbers; 1 and 2 are there, with these
 * values; main's n-th change puts in 10 n, the other's 10 n + 5 (of three threads 10 n + 3, 10 n + 6). Main holds a reference to each item until the end. PROMPT: the discipline. GENERAL: a dict of any keys. FULL: its table has no
 * room for another key. */
#include "weft_dict.h"
#include "weft_host.h"
#include "weft_qsbr.h"
#include "weft_world.h"

#include "harness.h"
#include "item.h"

#include <string.h>

#ifndef MAINS
#define MAINS "aUhp"
#define OTHERS "dekCs"
#endif

#ifdef PROMPT
#define DISCIPLINE WEFT_DICT_PROMPT
#else
#define DISCIPLINE WEFT_DICT_DEFERRED
#endif

#ifdef GENERAL
#define KIND WEFT_DICT_GENERAL
#else
#define KIND WEFT_DICT_IMMEDIATES
#endif

#ifdef THIRDS
enum { WRITERS = 3 };
#else
#define THIRDS ""
enum { WRITERS = 2 };
#endif
enum { MOST = 10, VALUES = 100 };

/* A change, in the order of its thread, and what it got. */
typedef struct step {
    char what;
    int value;
    uint64_t got;
} step;

typedef struct state {
    int keys[MOST];
    int values[MOST];
    int count;
} state;

static weft_runtime *runtime;
static weft_dict dict;
static weft_dict_cache places[WRITERS];
static weft_dict sources[WRITERS]; /* of updates and copies */
static weft_dict made_of[WRITERS]; /* what k and h make */
static weft_atomic_u32 ready[WRITERS];
static weft_ref *items[VALUES]; /* by their values */
static const char *const wanted[] = {MAINS, OTHERS, THIRDS};
static step done[WRITERS][MOST];

/* ---- what a dict would be, and answer ------------------------------------------------------------------ */

static uint64_t beside(uint64_t all, int key, int value) {
    return all * 1000 + (uint64_t)(key * 100 + value);
}

static uint64_t all_of(const state *at) {
    uint64_t all = 0;
    for (int i = 0; i < at->count; i++) {
        all = beside(all, at->keys[i], at->values[i]);
    }
    return all;
}

static uint64_t values_of(const state *at) {
    uint64_t all = 0;
    for (int i = 0; i < at->count; i++) {
        all = beside(all, 0, at->values[i]);
    }
    return all;
}

static int place_of(const state *at, int key) {
    int place = 0;
    while (place < at->count && at->keys[place] != key) {
        place++;
    }
    return place;
}

static uint64_t put(state *at, int key, int value) {
    int place = place_of(at, key);
    at->keys[place] = key;
    at->values[place] = value;
    at->count += place == at->count;
    return 0;
}

static uint64_t take(state *at, int place) {
    if (place >= at->count) {
        return 0;
    }
    uint64_t got = beside(0, at->keys[place], at->values[place]);
    at->count--;
    for (int i = place; i < at->count; i++) {
        at->keys[i] = at->keys[i + 1];
        at->values[i] = at->values[i + 1];
    }
    return got;
}

static uint64_t put_default(state *at, int key, int value) {
    int place = place_of(at, key);
    if (place == at->count) {
        put(at, key, value);
    }
    return beside(0, key, at->values[place]);
}

static uint64_t look(const state *at, int key) {
    int place = place_of(at, key);
    return place == at->count ? 0 : beside(0, key, at->values[place]);
}

static uint64_t foresee(state *at, char what, int value) {
    switch (what) {
    case '1':
    case 'b':
        return look(at, 1);
    case '3':
        return look(at, 3);
    case 's':
    case 'i':
        return put(at, 1, value);
    case 'a':
        return put(at, 3, value);
    case 'u':
        return put(at, 4, value);
    case 'e':
        return put_default(at, 3, value);
    case 'd':
        return take(at, place_of(at, 1));
    case 'p':
        return take(at, at->count == 0 ? 0 : at->count - 1);
    case 'f':
        return take(at, 0);
    case 'c':
    case 'C':
        at->count = 0;
        return what == 'C' ? put(at, 3, value) : 0;
    case 'k':
    case 'h':
        return all_of(at);
    case 't':
        return values_of(at);
    default:
        return 0;
    }
}

/* ---- the changes --------------------------------------------------------------------------------------- */

static uint64_t got_of(weft_thread *self, weft_dict_key key, weft_ref *value) {
    uint64_t got = beside(0, (int)weft_dict_number_of(key), ((item *)value)->value);
    weft_ref_decref(self, value);
    return got;
}

static uint64_t items_in(weft_thread *self, weft_dict *of) {
    weft_dict_iterator iterator;
    weft_dict_key key;
    weft_ref *value;
    uint64_t all = 0;
    assert(weft_dict_iterate(self, of, false, &iterator) == WEFT_DICT_OK);
    while (weft_dict_next(self, &iterator, &key, &value) == WEFT_DICT_OK) {
        all = beside(all, (int)weft_dict_number_of(key), ((item *)value)->value);
        weft_ref_decref(self, value);
    }
    return all;
}

static uint64_t set(weft_thread *self, weft_dict *into, int number, int value) {
    weft_dict_key key = weft_dict_of_number((uint64_t)number);
    assert(weft_dict_set(self, into, key, items[value]) == WEFT_DICT_OK);
    return 0;
}

static uint64_t set_default(weft_thread *self, int value) {
    weft_ref *now = NULL;
    bool there;
    weft_dict_key key = weft_dict_of_number(3);
    assert(weft_dict_set_default(self, &dict, key, items[value], &now, &there) == WEFT_DICT_OK);
    assert(there == (now != items[value]));
    return got_of(self, key, now);
}

static uint64_t pop(weft_thread *self) {
    weft_ref *popped = NULL;
    weft_dict_key key = weft_dict_of_number(1);
    weft_dict_result result = weft_dict_pop(self, &dict, key, &popped);
    assert((result == WEFT_DICT_OK) == (popped != NULL));
    return popped == NULL ? 0 : got_of(self, key, popped);
}

static uint64_t pop_end(weft_thread *self, bool last) {
    weft_dict_key key;
    weft_ref *value;
    weft_dict_result result = weft_dict_popitem(self, &dict, last, &key, &value);
    return result == WEFT_DICT_OK ? got_of(self, key, value) : 0;
}

static uint64_t get(weft_thread *self, int number) {
    weft_ref *found = NULL;
    weft_dict_key key = weft_dict_of_number((uint64_t)number);
    weft_dict_result result = weft_dict_get(self, &dict, key, &found);
    return result == WEFT_DICT_OK ? got_of(self, key, found) : 0;
}

static uint64_t borrow(weft_thread *self) {
    const weft_ref *found = weft_dict_borrow(self, &dict, weft_dict_of_number(1));
    return found == NULL ? 0 : beside(0, 1, ((const item *)found)->value);
}

static int visit(void *all, weft_ref *value) {
    *(uint64_t *)all = beside(*(uint64_t *)all, 0, ((item *)value)->value);
    return 0;
}

static uint64_t traverse(weft_thread *self) {
    uint64_t all = 0;
    assert(weft_world_stop(self) == WEFT_THREAD_OK);
    assert(weft_dict_traverse(&dict, visit, &all) == WEFT_DICT_OK);
    weft_world_resume(self);
    return all;
}

static bool put_by(char what, int key) {
    switch (what) {
    case 's':
    case 'i':
        return key == 1;
    case 'U':
        return key == 3 || key == 4;
    default:
        return key == 3 && (what == 'a' || what == 'e' || what == 'C');
    }
}

static int value_put(int writer, int number) {
    return (number + 1) * 10 + writer * (10 / WRITERS);
}

static bool was_put(int key, int value) {
    bool put_in = key == value && key <= 2;
    for (int writer = 0; writer < WRITERS; writer++) {
        for (int i = 0; wanted[writer][i] != '\0'; i++) {
            put_in = put_in || (value == value_put(writer, i) && put_by(wanted[writer][i], key));
        }
    }
    return put_in;
}

static uint64_t update_by(weft_thread *self, weft_dict *into) {
    assert(weft_dict_update(self, into, &dict) == WEFT_DICT_OK);
    for (uint64_t items_left = items_in(self, into); items_left != 0; items_left /= 1000) {
        assert(was_put((int)(items_left % 1000 / 100), (int)(items_left % 100)));
    }
    return 0;
}

static weft_dict_result change_all(weft_thread *self, int writer, char what) {
    switch (what) {
    case 'c':
        return weft_dict_clear(self, &dict);
    case 'g':
        return weft_dict_reserve(self, &dict, 20);
    case 'U':
        return weft_dict_update(self, &dict, &sources[writer]);
    case 'C':
        return weft_dict_copy(self, &sources[writer], &dict);
    case 'k':
        return weft_dict_copy(self, &dict, &made_of[writer]);
    default:
        return weft_dict_snapshot(self, &dict, &made_of[writer]);
    }
}

static uint64_t change(weft_thread *self, int writer, char what, int value) {
    switch (what) {
    case '1':
    case '3':
        return get(self, what - '0');
    case 'b':
        return borrow(self);
    case 'q':
        weft_qsbr_poll(self);
        return 0;
    case 's':
        return set(self, &dict, 1, value);
    case 'i':
        assert(weft_dict_cached_set(self, &dict, weft_dict_of_number(1), items[value],
                                    &places[writer]) == WEFT_DICT_OK);
        return 0;
    case 'a':
        return set(self, &dict, 3, value);
    case 'e':
        return set_default(self, value);
    case 'd':
        return pop(self);
    case 'p':
    case 'f':
        return pop_end(self, what == 'p');
    case 't':
        return traverse(self);
    case 'V':
        return update_by(self, &made_of[writer]);
    default:
        assert(change_all(self, writer, what) == WEFT_DICT_OK);
        return what == 'k' || what == 'h' ? items_in(self, &made_of[writer]) : 0;
    }
}

static void write_all(weft_thread *self, int writer) {
    step *next = done[writer];
    for (int i = 0; wanted[writer][i] != '\0'; i++) {
        char what = wanted[writer][i];
        int value = value_put(writer, i);
        uint64_t got = change(self, writer, what, value);
        if (what == 'U') {
            *next++ = (step){'a', value, 0};
            what = 'u';
        }
        *next++ = (step){what, value, got};
    }
    next->what = '\0';
}

static void *writes(void *which) {
    int writer = (int)(uintptr_t)which;
    weft_thread *self = enter(runtime);
    weft_store_release_u32(&ready[writer], 1);
    write_all(self, writer);
    weft_thread_unregister(self);
    return NULL;
}

/* Whether what is left to be done, in some order, gets what was got and leads to these items. */
static bool leads_to(uint64_t items, const state *at, const step *const left[WRITERS]) {
    bool all_done = true;
    for (int writer = 0; writer < WRITERS; writer++) {
        const step *now = left[writer];
        const step *then[WRITERS];
        state next = *at;
        if (now->what == '\0') {
            continue;
        }
        all_done = false;
        memcpy(then, left, sizeof then);
        then[writer]++;
        if (foresee(&next, now->what, now->value) == now->got && leads_to(items, &next, then)) {
            return true;
        }
    }
    return all_done && all_of(at) == items;
}

static void make_items(weft_thread *self) {
    for (int value = 0; value <= 2; value++) {
        items[value] = make_item(self, value);
    }
    for (int writer = 0; writer < WRITERS; writer++) {
        for (int i = 0; wanted[writer][i] != '\0'; i++) {
            int value = value_put(writer, i);
            items[value] = make_item(self, value);
            weft_ref_maybe_share(items[value]);
        }
    }
}

/* The source of a writer's update or copy. */
static void make_source(weft_thread *self, int writer) {
    weft_dict_init(self, &sources[writer], DISCIPLINE, KIND);
    weft_dict_init(self, &made_of[writer], DISCIPLINE, KIND);
    for (int i = 0; wanted[writer][i] != '\0'; i++) {
        char what = wanted[writer][i];
        if (what == 'U' || what == 'C') {
            set(self, &sources[writer], 3, value_put(writer, i));
        }
        if (what == 'U') {
            set(self, &sources[writer], 4, value_put(writer, i));
        }
    }
    assert(weft_dict_set_shared(self, &sources[writer]) == WEFT_DICT_OK);
    assert(weft_dict_set_shared(self, &made_of[writer]) == WEFT_DICT_OK);
}

static void make_dict(weft_thread *self, state *first) {
    weft_dict_init(self, &dict, DISCIPLINE, KIND);
#ifdef FULL
    for (int i = 0; i < 4; i++) {
        set(self, &dict, 3, 0);
        assert(weft_dict_delete(self, &dict, weft_dict_of_number(3)) == WEFT_DICT_OK);
    }
#endif
    for (int key = 1; key <= 2; key++) {
        set(self, &dict, key, key);
        put(first, key, key);
    }
    assert(weft_dict_set_shared(self, &dict) == WEFT_DICT_OK);
    for (int writer = 0; writer < WRITERS; writer++) {
        (void)weft_dict_cache_fill(self, &dict, weft_dict_of_number(1), &places[writer]);
    }
}

static void drop_items(weft_thread *self) {
    for (int i = 0; i < VALUES; i++) {
        if (items[i] != NULL) {
            weft_ref_decref(self, items[i]);
        }
    }
}

int main(void) {
    static const weft_ref_hooks hooks = {torn_down, free_item, NULL};
    pthread_t others[WRITERS];
    const step *all[WRITERS];
    state first = {.count = 0};
    weft_ref_install(&hooks);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    make_items(self);
    make_dict(self, &first);
    for (int writer = 0; writer < WRITERS; writer++) {
        make_source(self, writer);
    }
    for (int writer = 1; writer < WRITERS; writer++) {
        pthread_create(&others[writer], NULL, writes, (void *)(uintptr_t)writer);
        await_value(&ready[writer], 1);
    }
    write_all(self, 0);
    weft_thread_detach(self);
    for (int writer = 1; writer < WRITERS; writer++) {
        pthread_join(others[writer], NULL);
    }
    for (int writer = 0; writer < WRITERS; writer++) {
        all[writer] = done[writer];
    }
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    assert(leads_to(items_in(self, &dict), &first, all));
    weft_dict_finalize(self, &dict);
    for (int writer = 0; writer < WRITERS; writer++) {
        weft_dict_finalize(self, &sources[writer]);
        weft_dict_finalize(self, &made_of[writer]);
    }
    drop_items(self);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(freed == made);
    return 0;
}
