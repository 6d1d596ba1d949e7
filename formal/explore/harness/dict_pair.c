/* A dict that is shared, one thread that changes it and one that reads it: the answers of the reader are those of a dict whose
 * changes happen at one moment each, what it gets is alive, and nothing is left in the end. The dict is made by main, which
 * then does CHANGES (a letter each) while the reader does READS:
 *     s set of key 1   a set of key 3, which is new   d delete of key 1   t take: pop of key 1, and if it is unique, change it
 *     u take out: set of key 1, and if what was there is unique, change it   k behind that: put it back, or if it could not be
 *     changed another one
 *     p popitem of the last   f of the first   c clear   g grow   h snapshot: the next change copies the table
 *     q poll, so that what may be freed is
 *     1 2 3 get of that key   b borrow of key 1   m get of key 3 by a cache of its missing
 * The keys are numbers; 1 and 2 are there, with these values; the n-th change puts in 10 n. PROMPT: the discipline. PRIVATE: the
 * dict is not shared before, so the reader has to. FULL: the table has no room for another key. */
#include "weft_dict.h"
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"
#include "item.h"

#ifndef CHANGES
#define CHANGES "asdapfhsgc"
#define READS "1b23m1m3"
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
static int made;

static weft_ref *make(weft_thread *self, int value) {
    item *fresh = weft_host_allocate(sizeof *fresh, sizeof(void *));
    weft_ref_init(self, &fresh->head);
    fresh->value = value;
    made++;
    return &fresh->head;
}

static int value_of(const weft_ref *object) {
    return object == NULL ? 0 : ((const item *)object)->value;
}

static int get(weft_thread *self, int key) {
    weft_ref *found = NULL;
    (void)weft_dict_get(self, &dict, weft_dict_of_number((uint64_t)key), &found);
    int value = value_of(found);
    if (found != NULL) {
        weft_ref_decref(self, found);
    }
    return value;
}

/* ---- the changes, and what a dict would answer before and after each --------------------------------- */

#define MOST 12

typedef struct state {
    int keys[4];
    int values[4];
    int count;
} state;

static state states[MOST]; /* before the n-th change; the last: after all */
static int changes;

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
}

static int answer(const state *at, char question) {
    int key = question == 'b' ? 1 : question == 'm' ? 3 : question - '0';
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
    weft_ref *fresh = make(self, value);
    assert(weft_dict_set(self, &dict, weft_dict_of_number((uint64_t)key), fresh) == WEFT_DICT_OK);
    weft_ref_decref(self, fresh);
}

static void pop(weft_thread *self, int changed) {
    weft_ref *popped = NULL;
    (void)weft_dict_pop(self, &dict, weft_dict_of_number(1), &popped);
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
    (void)weft_dict_get(self, &dict, weft_dict_of_number(1), &taken);
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
        taken = make(self, value);
    }
    assert(weft_dict_set(self, &dict, weft_dict_of_number(1), taken) == WEFT_DICT_OK);
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
    while (from <= changes && answer(&states[from], question) != got) {
        from++;
    }
    assert(from <= changes);
    return from;
}

static weft_dict_cache cache;

static int ask(weft_thread *self, char question) {
    switch (question) {
    case 'b':
        return value_of(weft_dict_borrow(self, &dict, weft_dict_of_number(1)));
    case 'm':
        if (cache.id == 0) {
            (void)weft_dict_cache_fill(self, &dict, weft_dict_of_number(3), &cache);
        }
        return weft_dict_cached_miss(self, &dict, &cache) ? 0 : get(self, 3);
    default:
        return get(self, question - '0');
    }
}

static void *reads(void *unused) {
    (void)unused;
    int at = 0;
    weft_thread *self = enter(runtime);
    weft_store_release_u32(&ready, 1);
    for (const char *question = READS; *question != '\0'; question++) {
        at = place(*question, ask(self, *question), at);
    }
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
    weft_dict_init(self, &dict, DISCIPLINE, WEFT_DICT_IMMEDIATES);
    weft_dict_init(self, &kept, DISCIPLINE, WEFT_DICT_IMMEDIATES);
#ifdef FULL
    for (int i = 0; i < 4; i++) {
        set(self, 3, 0);
        assert(weft_dict_delete(self, &dict, weft_dict_of_number(3)) == WEFT_DICT_OK);
    }
#endif
    set(self, 1, 1);
    set(self, 2, 2);
#ifndef PRIVATE
    assert(weft_dict_set_shared(self, &dict) == WEFT_DICT_OK);
#endif
    pthread_create(&reader, NULL, reads, NULL);
    await_value(&ready, 1);
    int number = 0;
    for (const char *at = CHANGES; *at != '\0'; at++) {
        change(self, *at, ++number * 10);
    }
    weft_thread_detach(self);
    pthread_join(reader, NULL);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    weft_dict_finalize(self, &dict);
    weft_dict_finalize(self, &kept);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(freed == made);
    return 0;
}
