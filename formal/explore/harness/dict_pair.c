/* A dict that is shared, one thread that changes it and one that reads it: the answers of the reader are those of a dict whose
 * changes happen at one moment each, what it gets is alive, and nothing is left in the end. The dict is made by main, which
 * then does CHANGES (a letter each) while the reader does READS:
 *     s set of key 1   a set of key 3, which is new   d delete of key 1   t take: pop of key 1, and if it is unique, change it
 *     u take out: set of key 1, and if what was there is unique, change it   k behind that: put it back, or if it could not be
 *     changed another one
 *     p popitem of the last   f of the first   c clear   g grow   h snapshot: the next change copies the table
 *     S share   q poll, so that what may be freed is
 *     1 2 3 get of that key   b borrow of key 1   m get of key 3 by a cache of its missing   i get of key 1 by a cache of its place
 *     n number of items   v version   . wait until all is changed   ? how many changes are finished: from here on no answer is of a
 *     time before
 *     K set of key 4 in the other dict, that of h
 *     w s begin a weak, a strict iteration   N next   E end   a all items, one after the other
 * A letter of READS before ! is read before the changes begin. The keys are numbers; 1 and 2 are there, with these values; the n-th
 * change puts in 10 n. PROMPT: the discipline. GENERAL: a dict of any keys. SPLIT: the keys are symbols, and both dicts of one shape. PRIVATE: the dict is not shared before, so the reader has to. FULL: the table has no
 * room for another key. WIDTHS: of the index, as weft_dict_set_widths. The reader leaves after the last change, so that what is
 * explored is these two. LEAVES: when it has read. */
#include "weft_dict.h"
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"
#include "item.h"

#include <string.h>

#ifndef CHANGES
#define CHANGES "asdapfhsgc"
#define READS "w!1b23m1m3NNivNE.123nsNNNN123a"
#endif

#ifdef PROMPT
#define DISCIPLINE WEFT_DICT_PROMPT
#else
#define DISCIPLINE WEFT_DICT_DEFERRED
#endif

static weft_runtime *runtime;
static weft_dict dict;
static weft_dict kept;
static weft_atomic_u32 ready;
static weft_atomic_u32 finished; /* changes, if the reader asks */
static weft_atomic_u32 done;     /* 1: all is changed; 2: and main detached */

static int value_of(const weft_ref *object) {
    return object == NULL ? 0 : ((const item *)object)->value;
}

/* ---- keys ---------------------------------------------------------------------------------------------- */

#ifdef SPLIT

static weft_dict_keys shape;
static weft_symbol names[5];

static weft_dict_key key_of(int number) {
    return weft_dict_of_symbol(&names[number]);
}

static int number_of(weft_dict_key key) {
    return (int)((weft_symbol *)weft_dict_object_of(key) - names);
}

static void init_both(weft_thread *self) {
    for (int i = 0; i < 5; i++) {
        names[i].hash = (uint64_t)i;
        weft_ref_init(self, &names[i].head);
        weft_ref_immortalise(self, &names[i].head);
    }
    assert(weft_dict_keys_init(self, &shape, 4) == WEFT_DICT_OK);
    weft_ref_immortalise(self, &shape.head);
    assert(weft_dict_init_split(self, &dict, DISCIPLINE, &shape) == WEFT_DICT_OK);
    assert(weft_dict_init_split(self, &kept, DISCIPLINE, &shape) == WEFT_DICT_OK);
}

#else

#ifdef GENERAL
#define KIND WEFT_DICT_GENERAL
#else
#define KIND WEFT_DICT_IMMEDIATES
#endif

static weft_dict_key key_of(int number) {
    return weft_dict_of_number((uint64_t)number);
}

static int number_of(weft_dict_key key) {
    return (int)weft_dict_number_of(key);
}

static void init_both(weft_thread *self) {
    weft_dict_init(self, &dict, DISCIPLINE, KIND);
    weft_dict_init(self, &kept, DISCIPLINE, KIND);
}

#endif

static int get(weft_thread *self, int key) {
    weft_ref *found = NULL;
    (void)weft_dict_get(self, &dict, key_of(key), &found);
    int value = value_of(found);
    if (found != NULL) {
        weft_ref_decref(self, found);
    }
    return value;
}

/* ---- the changes, and what a dict would answer before and after each --------------------------------- */

#define MOST 12

typedef struct state {
    uint64_t version;
    int keys[4];
    int values[4];
    int count;
} state;

static state states[MOST]; /* before the n-th change; the last: after all */
static int changes;
static uint64_t begun_with; /* the version then */

static int place_of(const state *at, int key) {
    int place = 0;
    while (place < at->count && at->keys[place] != key) {
        place++;
    }
    return place;
}

static void put(state *at, int key, int value) {
    int place = place_of(at, key);
    at->keys[place] = key;
    at->values[place] = value;
    at->count += place == at->count;
}

static void take(state *at, int place) {
    if (place >= at->count) {
        return;
    }
    at->count--;
    for (int i = place; i < at->count; i++) {
        at->keys[i] = at->keys[i + 1];
        at->values[i] = at->values[i + 1];
    }
}

static void foresee(state *at, char change, int value) {
    state before = *at;
    switch (change) {
    case 's':
    case 'u':
    case 'k':
        put(at, 1, value);
        break;
    case 'a':
        put(at, 3, value);
        break;
    case 'd':
    case 't':
        take(at, place_of(at, 1));
        break;
    case 'p':
        take(at, at->count == 0 ? 0 : at->count - 1);
        break;
    case 'f':
        take(at, 0);
        break;
    case 'c':
        at->count = 0;
        break;
    default:
        break;
    }
    int same = before.count == at->count;
    for (int i = 0; same && i < at->count; i++) {
        same = before.keys[i] == at->keys[i] && before.values[i] == at->values[i];
    }
    at->version += same ? 0 : 2;
}

static int answer(const state *at, char question) {
    if (question == 'n') {
        return at->count;
    }
    int key = question == 'b' || question == 'i' ? 1 : question == 'm' ? 3 : question - '0';
    int place = place_of(at, key);
    return place < at->count ? at->values[place] : 0;
}

static void foresee_all(void) {
    put(&states[0], 1, 1);
    put(&states[0], 2, 2);
    for (const char *at = CHANGES; *at != '\0'; at++) {
        states[changes + 1] = states[changes];
        changes++;
        foresee(&states[changes], *at, changes * 10);
    }
}

/* ---- the two ------------------------------------------------------------------------------------------ */

static void set(weft_thread *self, int key, int value) {
    weft_ref *fresh = make_item(self, value);
    assert(weft_dict_set(self, &dict, key_of(key), fresh) == WEFT_DICT_OK);
    weft_ref_decref(self, fresh);
}

static void pop(weft_thread *self, int changed) {
    weft_ref *popped = NULL;
    (void)weft_dict_pop(self, &dict, key_of(1), &popped);
    if (popped == NULL) {
        return;
    }
    if (changed && weft_ref_unique(self, popped) != WEFT_REF_NOT_UNIQUE) {
        ((item *)popped)->value = 99; /* a race, if a reader has it */
    }
    weft_ref_decref(self, popped);
}

static weft_ref *taken; /* may be put back */

static void drop_taken(weft_thread *self) {
    if (taken != NULL) {
        weft_ref_decref(self, taken);
        taken = NULL;
    }
}

static void take_out(weft_thread *self, int value) {
    (void)weft_dict_get(self, &dict, key_of(1), &taken);
    set(self, 1, value);
    if (weft_ref_unique(self, taken) == WEFT_REF_NOT_UNIQUE) {
        drop_taken(self);
    } else {
        ((item *)taken)->value =
            value + 10; /* as the next change puts in; a race, if a reader has it */
    }
}

static void put_back(weft_thread *self, int value) {
    if (taken == NULL) {
        taken = make_item(self, value);
    }
    assert(weft_dict_set(self, &dict, key_of(1), taken) == WEFT_DICT_OK);
    drop_taken(self);
}

static void pop_end(weft_thread *self, int last) {
    weft_dict_key key;
    weft_ref *value;
    if (weft_dict_popitem(self, &dict, last != 0, &key, &value) == WEFT_DICT_OK) {
        weft_ref_decref(self, value);
    }
}

static void change(weft_thread *self, char what, int value) {
    switch (what) {
    case 's':
        set(self, 1, value);
        break;
    case 'a':
        set(self, 3, value);
        break;
    case 'd':
    case 't':
        pop(self, what == 't');
        break;
    case 'u':
        take_out(self, value);
        break;
    case 'k':
        put_back(self, value);
        break;
    case 'p':
    case 'f':
        pop_end(self, what == 'p');
        break;
    case 'c':
        assert(weft_dict_clear(self, &dict) == WEFT_DICT_OK);
        break;
    case 'g':
        assert(weft_dict_reserve(self, &dict, 20) == WEFT_DICT_OK);
        break;
    case 'S':
        assert(weft_dict_set_shared(self, &dict) == WEFT_DICT_OK);
        break;
    case 'h':
        assert(weft_dict_snapshot(self, &dict, &kept) == WEFT_DICT_OK);
        break;
    default:
        weft_qsbr_poll(self);
        break;
    }
}

/* The earliest state, from `from` on, in which the question has this answer: there must be one. */
static int place(char question, int got, int from) {
    int at = from;
    while (at <= changes && answer(&states[at], question) != got) {
        at++;
    }
    assert(at <= changes);
    /* A change that is under way may be counted before it takes effect. */
    return question == 'n' ? from : at;
}

/* Who sees a version sees all changes up to it; and of who has seen a change it is at least the one, odd, that it had meanwhile. */
static int place_of_version(uint64_t version, int from) {
    int at = from;
    assert(version + 1 >= states[from].version);
    while (at <= changes && states[at].version + 1 < version) {
        at++;
    }
    while (at < changes && states[at].version + (version & 1) < version) {
        at++;
    }
    assert(at <= changes);
    return at;
}

static weft_dict_cache missing;
static weft_dict_cache there;

static int get_cached(weft_thread *self) {
    if (there.id == 0) {
        (void)weft_dict_cache_fill(self, &dict, key_of(1), &there);
    }
    weft_ref *found = weft_dict_cached_get(self, &dict, &there);
    if (found == NULL) {
        return get(self, 1);
    }
    int value = value_of(found);
    weft_ref_decref(self, found);
    return value;
}

static int get_missing(weft_thread *self) {
    if (missing.id == 0) {
        (void)weft_dict_cache_fill(self, &dict, key_of(3), &missing);
    }
    return weft_dict_cached_miss(self, &dict, &missing) ? 0 : get(self, 3);
}

static int ask(weft_thread *self, char question) {
    switch (question) {
    case 'b':
        return value_of(weft_dict_borrow(self, &dict, key_of(1)));
    case 'i':
        return get_cached(self);
    case 'm':
        return get_missing(self);
    case 'n':
        return (int)weft_dict_len(self, &dict);
    default:
        return get(self, question - '0');
    }
}

static weft_dict_iterator iterator;

/* An item that is, or was, in some state from `from` on. A weak iterator may be in a table that the dict has no more. */
static weft_dict_result next(weft_thread *self, int from) {
    weft_dict_key key;
    weft_ref *value = NULL;
    weft_dict_result result = weft_dict_next(self, &iterator, &key, &value);
    if (result == WEFT_DICT_OK) {
        char question = (char)('0' + number_of(key));
        (void)place(question, value_of(value), iterator.held == NULL ? from : 0);
        weft_ref_decref(self, value);
    }
    return result;
}

static void begin(weft_thread *self, int strict) {
    assert(weft_dict_iterate(self, &dict, strict != 0, &iterator) == WEFT_DICT_OK);
}

/* By who knows that nothing changes any more: all are there. */
static void read_all(weft_thread *self) {
    int count = 0;
    begin(self, 0);
    while (next(self, changes) == WEFT_DICT_OK) {
        count++;
    }
    assert(count == states[changes].count);
}

static weft_ref *spare;

static void set_other(weft_thread *self) {
    weft_ref *found = NULL;
    assert(weft_dict_set(self, &kept, key_of(4), spare) == WEFT_DICT_OK);
    assert(weft_dict_get(self, &kept, key_of(4), &found) == WEFT_DICT_OK && found == spare);
    weft_ref_decref(self, found);
}

static void iterate(weft_thread *self, char question, int from) {
    switch (question) {
    case 'E':
        weft_dict_iterate_end(self, &iterator);
        break;
    case 'N':
        (void)next(self, from);
        break;
    case 'a':
        read_all(self);
        break;
    default:
        begin(self, question == 's');
        break;
    }
}

static void await_changes(void) {
    while (weft_load_acquire_u32(&done) == 0) {
    }
}

/* What is read next, when states[at] was seen. */
static int read_once(weft_thread *self, char question, int at) {
    switch (question) {
    case '!':
        weft_store_release_u32(&ready, 1);
        return at;
    case '.':
        await_changes();
        return changes;
    case '?': {
        int seen = (int)weft_load_acquire_u32(&finished);
        return seen > at ? seen : at;
    }
    case 'K':
        set_other(self);
        return at;
    case 'v':
        return place_of_version(weft_dict_version(&dict) - begun_with, at);
    case 'w':
    case 's':
    case 'N':
    case 'E':
    case 'a':
        iterate(self, question, at);
        return at;
    default:
        return place(question, ask(self, question), at);
    }
}

static void *reads(void *unused) {
    (void)unused;
    int at = 0;
    weft_thread *self = enter(runtime);
    if (strchr(READS, '!') == NULL) {
        weft_store_release_u32(&ready, 1);
    }
    for (const char *question = READS; *question != '\0'; question++) {
        at = read_once(self, *question, at);
    }
#ifndef LEAVES
    await_value(&done, 2);
#endif
    weft_dict_iterate_end(self, &iterator);
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    static const weft_ref_hooks hooks = {torn_down, free_item, NULL};
    pthread_t reader;
    foresee_all();
    weft_ref_install(&hooks);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
#ifdef WIDTHS
    weft_dict_set_widths(WIDTHS);
#endif
    init_both(self);
#ifdef FULL
    for (int i = 0; i < 4; i++) {
        set(self, 3, 0);
        assert(weft_dict_delete(self, &dict, key_of(3)) == WEFT_DICT_OK);
    }
#endif
    set(self, 1, 1);
    set(self, 2, 2);
#ifndef PRIVATE
    assert(weft_dict_set_shared(self, &dict) == WEFT_DICT_OK);
#endif
    spare = make_item(self, 4);
    begun_with = weft_dict_version(&dict);
    pthread_create(&reader, NULL, reads, NULL);
    await_value(&ready, 1);
    int number = 0;
    for (const char *at = CHANGES; *at != '\0'; at++) {
        change(self, *at, ++number * 10);
        if (strchr(READS, '?') != NULL) {
            weft_store_release_u32(&finished, (uint32_t)number);
        }
    }
    drop_taken(self);
    weft_store_release_u32(&done, 1);
    weft_thread_detach(self);
    weft_store_release_u32(&done, 2);
    pthread_join(reader, NULL);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_ref_decref(self, spare);
    assert(weft_dict_version(&dict) == begun_with + states[changes].version);
    weft_dict_finalize(self, &dict);
    weft_dict_finalize(self, &kept);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(freed == made);
    return 0;
}
