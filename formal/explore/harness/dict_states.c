/* What the words of a dict promise, by one thread: each is looked at by an operation that would be wrong without it. Copies
 * that share a table, strict iterators that know a table by its serial and its counters, caches that know one by its id, what
 * watchers are told, shapes, reads while the lock is held, the end of a dict; and stores by a cache. PART: 1 or 2, without or only these;
 * all are too many events for the explorer. */
#include "weft_dict.h"
#include "weft_host.h"
#include "weft_qsbr.h"

#include "harness.h"
#include "item.h"

#ifndef PART
#define PART 0
#endif

static weft_runtime *runtime;
static weft_dict one;
static weft_dict other;
static int told;

static void set(weft_thread *self, weft_dict *dict, int key) {
    weft_ref *fresh = make_item(self, key);
    assert(weft_dict_set(self, dict, weft_dict_of_number((uint64_t)key), fresh) == WEFT_DICT_OK);
    weft_ref_decref(self, fresh);
}

static int has(weft_thread *self, weft_dict *dict, int key) {
    return weft_dict_borrow(self, dict, weft_dict_of_number((uint64_t)key)) != NULL;
}

static void delete(weft_thread *self, weft_dict *dict, int key) {
    assert(weft_dict_delete(self, dict, weft_dict_of_number((uint64_t)key)) == WEFT_DICT_OK);
}

/* weft_dict_will_change, publish_entry, take_out, leave: each counts, and none twice. */
static void counters(weft_thread *self, weft_dict *dict) {
    uint64_t version = weft_dict_version(dict);
    assert((version & 1) == 0);
    set(self, dict, 1);
    set(self, dict, 2);
    assert(weft_dict_len(self, dict) == 2 && weft_dict_version(dict) == version + 4);
    set(self, dict, 2);
    assert(weft_dict_len(self, dict) == 2 && weft_dict_version(dict) == version + 6);
    delete (self, dict, 2);
    assert(weft_dict_len(self, dict) == 1 && weft_dict_version(dict) == version + 8);
    assert(weft_dict_delete(self, dict, weft_dict_of_number(2)) == WEFT_DICT_MISSING);
    assert(weft_dict_version(dict) == version + 8);
    set(self, dict, 2);
}

/* FROZEN: what one of them changes the other does not. */
static void snapshot(weft_thread *self) {
    assert(weft_dict_snapshot(self, &one, &other) == WEFT_DICT_OK);
    set(self, &one, 3);
    assert(has(self, &one, 3) && !has(self, &other, 3));
    assert(weft_dict_snapshot(self, &one, &other) == WEFT_DICT_OK);
    delete (self, &other, 3);
    assert(has(self, &one, 3) && !has(self, &other, 3));
    assert(weft_dict_len(self, &one) == 3 && weft_dict_len(self, &other) == 2);
}

/* A snapshot that ended: the table stays frozen, and is its last holder's. */
static void held(weft_thread *self) {
    weft_dict_iterator iterator;
    weft_dict_key key;
    weft_ref *value;
    assert(weft_dict_iterate(self, &one, false, &iterator) == WEFT_DICT_OK);
    assert(!weft_dict_is_alone(&one));
    set(self, &one, 1);
    assert(weft_dict_clear(self, &one) == WEFT_DICT_OK);
    assert(weft_dict_next(self, &iterator, &key, &value) == WEFT_DICT_OK);
    assert(((item *)value)->value == (int)weft_dict_number_of(key));
    weft_ref_decref(self, value);
    weft_dict_iterate_end(self, &iterator);
    assert(weft_dict_len(self, &one) == 0);
}

/* `serial`: two copies of one table, from each of which another key has gone; a strict iterator of the one does not go on in the
 * other. */
static void serials(weft_thread *self) {
    weft_dict_iterator iterator;
    weft_dict_key key;
    weft_ref *value;
    assert(weft_dict_clear(self, &one) == WEFT_DICT_OK);
    set(self, &one, 1);
    set(self, &one, 2);
    assert(weft_dict_snapshot(self, &one, &other) == WEFT_DICT_OK);
    delete (self, &one, 1);
    delete (self, &other, 2);
    assert(weft_dict_iterate(self, &one, true, &iterator) == WEFT_DICT_OK);
    assert(weft_dict_snapshot(self, &other, &one) == WEFT_DICT_OK);
    assert(weft_dict_next(self, &iterator, &key, &value) == WEFT_DICT_CHANGED);
}

/* `begun`, `live`: a key that came, one that went. */
static void counted(weft_thread *self) {
    weft_dict_iterator iterator;
    weft_dict_key key;
    weft_ref *value;
    assert(weft_dict_clear(self, &one) == WEFT_DICT_OK);
    set(self, &one, 1);
    set(self, &one, 2);
    assert(weft_dict_iterate(self, &one, true, &iterator) == WEFT_DICT_OK);
    delete (self, &one, 1);
    assert(weft_dict_next(self, &iterator, &key, &value) == WEFT_DICT_CHANGED);
    assert(weft_dict_iterate(self, &one, true, &iterator) == WEFT_DICT_OK);
    set(self, &one, 3);
    delete (self, &one, 2);
    assert(weft_dict_next(self, &iterator, &key, &value) == WEFT_DICT_CHANGED);
}

static weft_ref *cached(weft_thread *self, weft_dict *dict, const weft_dict_cache *cache) {
    return weft_dict_cached_borrow(self, dict, cache);
}

/* `id`, and `begun` of a miss: a place is one table's, and found again there; what was missing may come. */
static void caches(weft_thread *self) {
    const weft_dict_key key = weft_dict_of_number(1);
    const weft_dict_key absent = weft_dict_of_number(5);
    weft_dict_cache ours, others, miss, others_miss;
    assert(weft_dict_clear(self, &one) == WEFT_DICT_OK);
    assert(weft_dict_clear(self, &other) == WEFT_DICT_OK);
    set(self, &one, 1);
    set(self, &other, 1);
    assert(weft_dict_cache_fill(self, &one, key, &ours));
    assert(weft_dict_cache_fill(self, &other, key, &others));
    assert(cached(self, &one, &ours) == weft_dict_borrow(self, &one, key));
    assert(cached(self, &one, &others) == NULL && cached(self, &other, &ours) == NULL);
    assert(weft_dict_cache_fill(self, &one, absent, &miss));
    assert(weft_dict_cache_fill(self, &other, absent, &others_miss));
    assert(weft_dict_cached_miss(self, &one, &miss) && !weft_dict_cached_miss(self, &other, &miss));
    set(self, &one, 5);
    assert(!weft_dict_cached_miss(self, &one, &miss));
    assert(weft_dict_cached_miss(self, &other, &others_miss));
}

/* A store finds the place by its cache, in the table that the cache is of, or by a search. */
static void stores_by_cache(weft_thread *self) {
    const weft_dict_key key = weft_dict_of_number(1);
    const weft_dict_key absent = weft_dict_of_number(5);
    weft_dict_cache ours = {0, 0, 0};
    weft_dict_cache others = {0, 0, 0};
    assert(weft_dict_clear(self, &one) == WEFT_DICT_OK);
    assert(weft_dict_clear(self, &other) == WEFT_DICT_OK);
    set(self, &one, 5);
    weft_ref *value = weft_dict_borrow(self, &one, absent);
    assert(weft_dict_cached_set(self, &one, key, value, &ours) == WEFT_DICT_OK);
    assert(cached(self, &one, &ours) == value && weft_dict_len(self, &one) == 2);
    assert(weft_dict_cached_set(self, &other, key, value, &others) == WEFT_DICT_OK);
    assert(weft_dict_cached_set(self, &other, key, value, &ours) == WEFT_DICT_OK);
    assert(weft_dict_len(self, &other) == 1 && cached(self, &other, &ours) == value);
    delete (self, &other, 1);
    set(self, &other, 1);
    assert(weft_dict_cached_set(self, &other, key, value, &others) == WEFT_DICT_OK);
    assert(weft_dict_len(self, &other) == 1 && has(self, &other, 1));
    assert(cached(self, &other, &others) == value && cached(self, &other, &ours) == NULL);
}

/* What has nothing replaces what has something. */
static void copied(weft_thread *self) {
    assert(weft_dict_clear(self, &other) == WEFT_DICT_OK);
    set(self, &one, 1);
    assert(weft_dict_copy(self, &other, &one) == WEFT_DICT_OK);
    assert(weft_dict_len(self, &one) == 0 && !has(self, &one, 1));
    set(self, &other, 1);
}

/* A dict stays in its shape, which gets its keys, while that has room. */
static void shapes(weft_thread *self) {
    static weft_dict_keys shape;
    static weft_symbol names[3];
    static weft_dict shaped;
    weft_ref *value = make_item(self, 1);
    assert(weft_dict_keys_init(self, &shape, 2) == WEFT_DICT_OK);
    assert(weft_dict_init_split(self, &shaped, WEFT_DICT_DEFERRED, &shape) == WEFT_DICT_OK);
    for (int i = 0; i < 3; i++) {
        names[i].hash = (uint64_t)i;
        weft_ref_init(self, &names[i].head);
        weft_ref_immortalise(self, &names[i].head);
        weft_dict_key key = weft_dict_of_symbol(&names[i]);
        assert(weft_dict_set(self, &shaped, key, value) == WEFT_DICT_OK);
        assert(weft_dict_kind_of(&shaped) == (i < 2 ? WEFT_DICT_SPLIT : WEFT_DICT_SYMBOLS));
        assert(weft_dict_borrow(self, &shaped, key) == value);
    }
    weft_ref_decref(self, value);
    weft_dict_finalize(self, &shaped);
    weft_ref_immortalise(self, &shape.head); /* what has left it drops it after a grace period */
}

/* Of keys that are objects: items, by their values. */
static bool hash_of(weft_thread *self, weft_ref *key, uint64_t *hash) {
    (void)self;
    *hash = (uint64_t)((item *)key)->value;
    return true;
}

static int is_equal(weft_thread *self, weft_dict_key candidate, weft_dict_key key) {
    (void)self;
    return ((item *)weft_dict_object_of(candidate))->value ==
           ((item *)weft_dict_object_of(key))->value;
}

/* Who reads takes no lock, also to ask the host: somebody has it, so that who took it would wait for ever. */
static void unlocked(weft_thread *self, weft_dict_discipline discipline) {
    static weft_dict dict;
    weft_ref *key = make_item(self, 1);
    weft_ref *equal = make_item(self, 1);
    weft_ref *value = make_item(self, 2);
    weft_ref *found = NULL;
    weft_dict_init(self, &dict, discipline, WEFT_DICT_GENERAL);
    assert(weft_dict_set(self, &dict, weft_dict_of_object(key), value) == WEFT_DICT_OK);
    assert(weft_dict_set_shared(self, &dict) == WEFT_DICT_OK);
    assert(weft_mutex_try_lock(&dict.head.mutex));
    assert(weft_dict_get(self, &dict, weft_dict_of_object(equal), &found) == WEFT_DICT_OK);
    assert(found == value && weft_dict_len(self, &dict) == 1);
    weft_mutex_unlock(&dict.head.mutex);
    weft_dict_finalize(self, &dict);
    weft_ref_decref(self, found);
    weft_ref_decref(self, value);
    weft_ref_decref(self, equal);
    weft_ref_decref(self, key);
}

static void watcher(weft_thread *self, weft_dict *dict, const weft_dict_change *change) {
    (void)self;
    assert(dict == &one && change->version == weft_dict_version(&one));
    told++;
}

static void watched(weft_thread *self) {
    weft_dict_set_watcher(watcher);
    set(self, &one, 1);
    assert(told == 0);
    assert(weft_dict_watch(self, &one, true) == WEFT_DICT_OK);
    set(self, &one, 1);
    set(self, &one, 1); /* the mark outlives a change */
    assert(told == 2);
    assert(weft_dict_watch(self, &one, false) == WEFT_DICT_OK);
    set(self, &one, 1);
    assert(told == 2);
}

/* The end: empty, changed, and may be used again. */
static void finalized(weft_thread *self, weft_dict *dict) {
    uint64_t version = weft_dict_version(dict);
    weft_dict_finalize(self, dict);
    assert(weft_dict_version(dict) > version && weft_dict_len(self, dict) == 0);
    set(self, dict, 1);
    assert(has(self, dict, 1));
    weft_dict_finalize(self, dict);
}

static void states(weft_thread *self) {
    counters(self, &one);
    snapshot(self);
    held(self);
    serials(self);
    counted(self);
    caches(self);
    copied(self);
    shapes(self);
    unlocked(self, WEFT_DICT_DEFERRED);
    unlocked(self, WEFT_DICT_PROMPT);
    watched(self);
}

int main(void) {
    static const weft_ref_hooks hooks = {torn_down, free_item, NULL};
    static const weft_dict_hooks HOST = {hash_of, is_equal};
    weft_ref_install(&hooks);
    weft_dict_set_hooks(&HOST);
    runtime = weft_runtime_create(NULL);
    weft_thread *self = enter(runtime);
    weft_dict_init(self, &one, WEFT_DICT_DEFERRED, WEFT_DICT_IMMEDIATES);
    weft_dict_init(self, &other, WEFT_DICT_DEFERRED, WEFT_DICT_IMMEDIATES);
    if (PART != 2) {
        states(self);
    }
    if (PART != 1) {
        stores_by_cache(self);
    }
    finalized(self, &one);
    finalized(self, &other);
    weft_thread_unregister(self);
    weft_runtime_release(runtime);
    assert(freed == made);
    return 0;
}
