/* Dicts: changes of one item, clear, reserve. Read in this order: room, insertion, values, removal, operations. */
#include "weft_dict_work.h"
#include "weft_host.h"

/* ---- room ---------------------------------------------------------------------------------------- */

static uint32_t begun_of(const weft_dict_table *table) {
    return weft_load_relaxed_u32(&table->begun);
}

static uint32_t live_of(const weft_dict_table *table) {
    return weft_load_relaxed_u32(&table->live);
}

/* What holds the table's keys, and this one. While the dict is empty it may become anything but GENERAL, which stays. */
static weft_dict_kind kind_for(const weft_dict_table *table, weft_dict_key key) {
    weft_dict_kind wanted = (weft_dict_kind)weft_dict_tag_of(key);
    weft_dict_kind now =
        table->kind == WEFT_DICT_SPLIT ? WEFT_DICT_SYMBOLS : (weft_dict_kind)table->kind;
    if (now == wanted || now == WEFT_DICT_GENERAL) {
        return now;
    }
    return live_of(table) == 0 ? wanted : WEFT_DICT_GENERAL;
}

/* Entries of the next table, if this one is full: a half more than are live; rounded up, so at least a third of it is free. So an
 * item is moved at most three times in its life, on the average, and a table that has become mostly empty shrinks. */
static size_t room_for(const weft_dict_table *table) {
    size_t live = live_of(table);
    size_t wanted = live + live / 2 + 1;
    /* Near the most there can be, a smaller part is free, and changes cost more. */
    return wanted <= weft_dict_most() || live >= weft_dict_most() ? wanted : weft_dict_most();
}

static weft_dict_result rebuild(weft_dict_work *work, weft_dict_kind kind, size_t count,
                                bool in_place) {
    weft_dict_table *old = work->table;
    weft_dict_table *table = weft_dict_rebuild(work->self, old, kind, count, work->alone, in_place);
    if (table == NULL) {
        return WEFT_DICT_NO_MEMORY;
    }
    bool converts = kind != (weft_dict_kind)old->kind;
    if (converts) {
        WEFT_DICT_COUNT(conversions);
    }
    if (!converts && work->frozen && !weft_dict_is_nothing(old)) {
        WEFT_DICT_COUNT(thaws);
    }
    weft_dict_replace(work, table, true);
    work->frozen = false;
    work->alone = true;
    return WEFT_DICT_OK;
}

/* A table that may be written, every entry in its place; so that strict iterators go on. */
static weft_dict_result thaw(weft_dict_work *work) {
    if (!work->frozen) {
        return WEFT_DICT_OK;
    }
    weft_dict_table *table = weft_dict_double(work->self, work->table, work->alone);
    if (table == NULL) {
        return WEFT_DICT_NO_MEMORY;
    }
    WEFT_DICT_COUNT(thaws);
    weft_dict_replace(work, table, true);
    work->frozen = false;
    work->alone = true;
    return WEFT_DICT_OK;
}

/* ---- insertion ----------------------------------------------------------------------------------- */

/* The shape's lock is needed: no change has this for its result. */
#define WANTS_KEYS WEFT_DICT_CHANGED

/* A value for a key of the shape that is behind all the dict has. */
static void fill_value(weft_dict_work *work, uint32_t number, weft_dict_key key, weft_ref *value) {
    weft_dict_table *table = work->table;
    weft_dict_will_change(work, WEFT_DICT_ADDED, key);
    weft_dict_take(work, 0, value);
    /* As weft_dict_publish_entry; the value's cell is the slot. */
    weft_store_relaxed_u32(&table->begun, number + 1);
    weft_store_relaxed_u32(&table->live, live_of(table) + 1);
    table->of.ends.last = number + 1;
    /* Release: pairs with the acquire of readers. */
    weft_store_release_ptr(weft_dict_cell(table, number), value);
    /* Release: as in weft_dict_publish_entry. */
    weft_store_release_u32(&table->count, number + 1);
}

/* A key more for the shape, which has room, by who has locked it. */
static void add_key(weft_dict_work *work, weft_dict_key key, uint64_t hash) {
    weft_ref *symbol = weft_dict_object_of(key);
    weft_ref_maybe_share(symbol);
    weft_ref_incref(work->self, symbol);
    weft_dict_publish_entry(work->table->keys->table, hash, key, NULL);
}

/* OK: done. MISSING: the dict has to leave its shape; it has the table still that it had: a change replaces one table at most. */
static weft_dict_result insert_split(weft_dict_work *work, const weft_dict_place *place,
                                     weft_dict_key key, uint64_t hash, weft_ref *value) {
    const weft_dict_table *keys = work->table->keys->table;
    if (weft_dict_tag_of(key) != WEFT_DICT_SYMBOL_TAG ||
        (place->in_keys && place->number < begun_of(work->table))) {
        return WEFT_DICT_MISSING;
    }
    if (!place->in_keys && begun_of(keys) == keys->capacity) {
        return WEFT_DICT_MISSING;
    }
    if (!place->in_keys && !work->with_keys) {
        return WANTS_KEYS;
    }
    if (thaw(work) != WEFT_DICT_OK) {
        return WEFT_DICT_NO_MEMORY;
    }
    uint32_t number = (uint32_t)place->number;
    if (!place->in_keys) {
        number = begun_of(keys);
        add_key(work, key, hash);
    }
    fill_value(work, number, key, value);
    return WEFT_DICT_OK;
}

static weft_dict_result insert(weft_dict_work *work, const weft_dict_place *place,
                               weft_dict_key key, uint64_t hash, weft_ref *value) {
    weft_dict_result result = WEFT_DICT_OK;
    if (work->table->kind == WEFT_DICT_SPLIT) {
        result = insert_split(work, place, key, hash, value);
        if (result != WEFT_DICT_MISSING) {
            return result;
        }
    }
    weft_dict_table *table = work->table;
    weft_dict_kind kind = kind_for(table, key);
    bool full = begun_of(table) == table->capacity;
    if (kind != (weft_dict_kind)table->kind || full || work->frozen) {
        size_t least = live_of(table) + (size_t)1;
        size_t count = full || least > table->capacity ? room_for(table) : table->capacity;
        result = rebuild(work, kind, count, false);
    }
    if (result == WEFT_DICT_OK) {
        weft_dict_will_change(work, WEFT_DICT_ADDED, key);
        weft_dict_take(work, key, value);
        weft_dict_publish_entry(work->table, hash, key, value);
    }
    return result;
}

/* ---- values -------------------------------------------------------------------------------------- */

static weft_dict_result overwrite(weft_dict_work *work, size_t number, weft_dict_key key,
                                  weft_ref *value) {
    weft_dict_result result = thaw(work);
    if (result != WEFT_DICT_OK) {
        return result;
    }
    weft_ref *old = weft_dict_value_at(work->table, number);
    weft_dict_will_change(work, WEFT_DICT_SET, key);
    weft_dict_take(work, WEFT_DICT_NUMBER_TAG, value); /* the key is there */
    /* Release: pairs with the acquire of readers: the value is as it was put there. */
    weft_store_release_ptr(weft_dict_cell(work->table, number), value);
    weft_dict_drop(work, old);
    return WEFT_DICT_OK;
}

/* ---- removal ------------------------------------------------------------------------------------- */

/* Moves the marks of who looks for the first and the last past entries without a value. */
static void note_removed(weft_dict_table *table, uint32_t number) {
    uint32_t begun = begun_of(table);
    if (number == table->of.ends.first) {
        while (number < begun && weft_dict_value_at(table, number) == NULL) {
            number++;
        }
        table->of.ends.first = number;
    }
}

/* What a watcher is told about lives until it has been told, whatever it lets pass: a removed key whose reference is a shape's, not
 * one that is dropped or handed over only then. */
static void keep_for_watcher(weft_dict_work *work, weft_ref *object) {
    if (!work->told) {
        weft_ref_incref(work->self, object);
        weft_dict_drop(work, object);
    }
}

/* Takes an item out; what is not wanted is dropped. `key`, `value` NULL: not wanted, else references of the caller's. A PROMPT
 * dict hands its own over. A shape's keys stay. */
static weft_dict_result take_out(weft_dict_work *work, size_t number, weft_dict_key *key,
                                 weft_ref **value) {
    weft_dict_result result = thaw(work);
    if (result != WEFT_DICT_OK) {
        return result;
    }
    weft_dict_table *table = work->table;
    bool split = table->kind == WEFT_DICT_SPLIT;
    weft_dict_key old_key = weft_dict_key_at(weft_dict_index_of(table), number);
    weft_ref *object = weft_dict_object_of(old_key);
    weft_ref *old = weft_dict_value_at(table, number);
    weft_dict_will_change(work, WEFT_DICT_REMOVED, old_key);
    /* Relaxed: the next store's release orders it: who sees the value gone sees one less live. */
    weft_store_relaxed_u32(&table->live, live_of(table) - 1);
    /* Release: pairs with the acquire of readers. Here it happens. */
    weft_store_release_ptr(weft_dict_cell(table, number), NULL);
    if (!split) {
        weft_dict_forget(table, number);
    }
    note_removed(table, (uint32_t)number);
    if (value != NULL) {
        *value = old;
    }
    if (value == NULL || !work->prompt) {
        if (value != NULL) {
            weft_ref_incref(work->self, old);
        }
        weft_dict_drop(work, old);
    }
    if (key != NULL) {
        *key = old_key;
    }
    if (object == NULL) {
        return result;
    }
    if (split) {
        keep_for_watcher(work, object);
    }
    bool hands_over = key != NULL && work->prompt && !split;
    if (key != NULL && !hands_over) {
        weft_ref_incref(work->self, object);
    }
    if (!split && !hands_over) {
        weft_dict_drop(work, object);
    }
    return result;
}

/* ---- operations ---------------------------------------------------------------------------------- */

static void check_value(const weft_dict *dict, const weft_ref *value) {
    if (value == NULL) {
        weft_fatal("NULL for a value", "dict", dict, NULL);
    }
}

/* The dict's shape, held; its lock has to be taken before the dict's may be kept. */
static weft_dict_keys *hold_shape(weft_dict_work *work) {
    weft_dict_keys *keys = work->table->keys;
    weft_ref_incref(work->self, &keys->head);
    return keys;
}

/* Before the lock: what a change will look at and write is brought to this processor, the entry and its value, if there is one, and
 * what is to be put there. So the lock is held for a moment, and with it the line that all readers look at first. Where the entry is, is a
 * guess; and all of it is worth it only where others look. */
static void bring(weft_thread *self, const weft_dict *dict, weft_dict_key key, uint64_t hash,
                  weft_ref *value) {
    /* Acquire: as in weft_dict_table_of. */
    unsigned char *word = weft_load_acquire_ptr(&dict->table);
    if (((uintptr_t)word & WEFT_DICT_PRIVATE) != 0) {
        return;
    }
    if (value != NULL) {
        weft_ref_maybe_share(value);
    }
    const weft_dict_table *table = weft_dict_decide(self, dict, word);
    if (weft_dict_equals_itself(table, key)) {
        const weft_dict_pair *pair = weft_dict_find(table, key, weft_dict_mix(hash));
        if (pair != NULL) {
            __builtin_prefetch(&pair->value, 1);
            /* Relaxed: nothing is looked at there. */
            __builtin_prefetch(weft_load_relaxed_ptr(&pair->value));
        }
    }
}

/* What is done at the place where a key is, or is not. */
typedef struct put_request {
    weft_ref *value;
    weft_ref *
        *now; /* NULL: overwrite what is there; else get a reference to what is there afterwards */
    bool there;
    weft_dict_cache *cache; /* NULL, or where the key is afterwards */
} put_request;

/* The entry is the key's, by who holds the lock. Which key an entry of a GENERAL table is for, the host may have said. */
static void remember(const weft_dict_work *work, size_t number, weft_dict_key key,
                     weft_dict_cache *cache) {
    weft_dict_table *table = work->table;
    size_t offset =
        (size_t)((unsigned char *)weft_dict_cell(table, number) - (unsigned char *)table);
    bool sure = weft_dict_tag_of(key) != 0 && table->kind != WEFT_DICT_GENERAL;
    *cache = (weft_dict_cache){0, 0, 0};
    if (sure && offset <= UINT32_MAX) {
        *cache = (weft_dict_cache){weft_dict_id_of(table), 0, (uint32_t)offset};
    }
}

static weft_dict_result put_here(weft_dict_work *work, const weft_dict_place *place,
                                 weft_dict_key key, uint64_t hash, put_request *put) {
    put->there = place->found;
    if (!place->found) {
        weft_dict_result result = insert(work, place, key, hash, put->value);
        if (result == WEFT_DICT_OK && put->now != NULL) {
            *put->now = put->value;
            weft_ref_incref(work->self, put->value);
        }
        return result;
    }
    if (put->now == NULL) {
        return overwrite(work, place->number, key, put->value);
    }
    *put->now = weft_dict_value_at(work->table, place->number);
    weft_ref_incref(work->self, *put->now);
    return WEFT_DICT_OK;
}

static weft_dict_result put(weft_thread *self, weft_dict *dict, weft_dict_key key,
                            put_request *request) {
    weft_dict_answers answers = {0};
    weft_dict_keys *keys = NULL;
    weft_dict_work work;
    weft_dict_place place;
    uint64_t hash;
    check_value(dict, request->value);
    weft_dict_result result = weft_dict_hash(self, key, &hash);
    if (result == WEFT_DICT_OK) {
        bring(self, dict, key, hash, request->value);
    }
    while (result == WEFT_DICT_OK) {
        result = weft_dict_seek(self, dict, keys, key, hash, &answers, &work, &place);
        if (result != WEFT_DICT_OK) {
            break;
        }
        result = put_here(&work, &place, key, hash, request);
        if (request->cache != NULL && result == WEFT_DICT_OK) {
            /* What is inserted is the last. */
            size_t number = place.found ? place.number : begun_of(work.table) - (size_t)1;
            remember(&work, number, key, request->cache);
        }
        weft_dict_keys *before = keys;
        keys = result == WANTS_KEYS ? hold_shape(&work) : keys;
        (void)weft_dict_end(&work, result);
        if (before != NULL && before != keys) {
            weft_dict_let_go(self, weft_dict_of_object(&before->head));
        }
        if (result != WANTS_KEYS) {
            break;
        }
        result = weft_dict_goes_on(self);
    }
    if (keys != NULL) {
        weft_dict_let_go(self, weft_dict_of_object(&keys->head));
    }
    weft_dict_answers_end(self, &answers);
    return result;
}

weft_dict_result weft_dict_set(weft_thread *self, weft_dict *dict, weft_dict_key key,
                               weft_ref *value) {
    put_request request = {value, NULL, false, NULL};
    return put(self, dict, key, &request);
}

/* Whether the cache leads to the key's place. An entry without a value stays its key's in a shape only: elsewhere the key may have
 * got another since. */
static bool place_in_cache(const weft_dict_table *table, const weft_dict_cache *cache,
                           weft_dict_place *place) {
    /* Relaxed: an id never changes into another, and the lock orders the rest. */
    if (weft_load_relaxed_u64(&table->id) != cache->id) {
        return false; /* another table since the look without the lock */
    }
    const unsigned char *first = (const unsigned char *)weft_dict_cell(table, 0);
    uint32_t before = (uint32_t)(first - (const unsigned char *)table);
    place->number = (cache->offset - before) / table->stride;
    place->found = weft_dict_value_at(table, place->number) != NULL;
    place->in_keys = !place->found && table->kind == WEFT_DICT_SPLIT;
    return place->found || place->in_keys;
}

/* Whether the cache is of the table that the dict seems to have. */
static bool may_be_current(weft_thread *self, const weft_dict *dict, const weft_dict_cache *cache) {
    const weft_dict_table *table = weft_dict_table_of(self, dict);
    /* Relaxed: place_in_cache looks again. */
    return table != NULL && cache->offset != 0 && weft_load_relaxed_u64(&table->id) == cache->id;
}

weft_dict_result weft_dict_cached_set(weft_thread *self, weft_dict *dict, weft_dict_key key,
                                      weft_ref *value, weft_dict_cache *cache) {
    put_request request = {value, NULL, false, cache};
    weft_dict_work work;
    weft_dict_place place;
    check_value(dict, value);
    if (WEFT_UNLIKELY(!may_be_current(self, dict, cache))) {
        return put(self, dict, key, &request);
    }
    if (!weft_dict_begin(self, dict, &work)) {
        return WEFT_DICT_CLOSED;
    }
    weft_dict_result result = WEFT_DICT_MISSING;
    if (WEFT_LIKELY(place_in_cache(work.table, cache, &place))) {
        result = place.found ? overwrite(&work, place.number, key, value)
                             : insert(&work, &place, key, weft_dict_own_hash(key), value);
    }
    result = weft_dict_end(&work, result);
    if (WEFT_LIKELY(result != WEFT_DICT_MISSING)) {
        return result;
    }
    result = weft_dict_goes_on(self);
    return result == WEFT_DICT_OK ? put(self, dict, key, &request) : result;
}

weft_dict_result weft_dict_set_default(weft_thread *self, weft_dict *dict, weft_dict_key key,
                                       weft_ref *value, weft_ref **now, bool *there) {
    put_request request = {value, now, false, NULL};
    weft_dict_result result = put(self, dict, key, &request);
    *there = request.there;
    return result;
}

weft_dict_result weft_dict_pop(weft_thread *self, weft_dict *dict, weft_dict_key key,
                               weft_ref **value) {
    weft_dict_answers answers = {0};
    weft_dict_work work;
    weft_dict_place place;
    uint64_t hash;
    weft_dict_result result = weft_dict_hash(self, key, &hash);
    if (result == WEFT_DICT_OK) {
        bring(self, dict, key, hash, NULL);
        result = weft_dict_seek(self, dict, NULL, key, hash, &answers, &work, &place);
    }
    if (result == WEFT_DICT_OK) {
        result = place.found ? take_out(&work, place.number, NULL, value) : WEFT_DICT_MISSING;
        result = weft_dict_end(&work, result);
    }
    weft_dict_answers_end(self, &answers);
    return result;
}

weft_dict_result weft_dict_delete(weft_thread *self, weft_dict *dict, weft_dict_key key) {
    return weft_dict_pop(self, dict, key, NULL);
}

/* There is one. */
static size_t first_live(const weft_dict_table *table) {
    uint32_t number = table->of.ends.first;
    while (weft_dict_value_at(table, number) == NULL) {
        number++;
        WEFT_DICT_COUNT(passed);
    }
    return number;
}

static size_t last_live(const weft_dict_table *table) {
    uint32_t number = table->of.ends.last;
    uint32_t gaps = table->of.ends.gaps;
    for (;;) {
        while (gaps != 0 && weft_dict_gaps(table)[gaps - 1].to == number) {
            number = weft_dict_gaps(table)[--gaps].from;
        }
        number--;
        if (weft_dict_value_at(table, number) != NULL) {
            return number;
        }
        WEFT_DICT_COUNT(passed);
    }
}

/* From here on nothing has a value. */
static void set_last(weft_dict_table *table, uint32_t number) {
    uint32_t gaps = table->of.ends.gaps;
    while (gaps != 0 && weft_dict_gaps(table)[gaps - 1].to > number) {
        gaps--;
    }
    table->of.ends.gaps = gaps;
    table->of.ends.last = number;
}

weft_dict_result weft_dict_popitem(weft_thread *self, weft_dict *dict, bool last,
                                   weft_dict_key *key, weft_ref **value) {
    weft_dict_work work;
    weft_dict_result result = WEFT_DICT_MISSING;
    if (!weft_dict_begin(self, dict, &work)) {
        return WEFT_DICT_CLOSED;
    }
    if (live_of(work.table) != 0) {
        size_t number = last ? last_live(work.table) : first_live(work.table);
        result = take_out(&work, number, key, value);
        if (result == WEFT_DICT_OK && last) {
            set_last(work.table, (uint32_t)number);
        } else if (result == WEFT_DICT_OK) {
            work.table->of.ends.first = (uint32_t)number + 1;
        }
    }
    return weft_dict_end(&work, result);
}

weft_dict_result weft_dict_clear(weft_thread *self, weft_dict *dict) {
    weft_dict_work work;
    if (!weft_dict_begin(self, dict, &work)) {
        return WEFT_DICT_CLOSED;
    }
    bool empty = live_of(work.table) == 0;
    if (!empty) {
        weft_dict_will_change(&work, WEFT_DICT_REPLACED, 0);
    }
    /* An empty one may have a large table. An empty one of a shape stays of it. */
    if (!weft_dict_is_nothing(work.table) && !(empty && work.table->kind == WEFT_DICT_SPLIT)) {
        weft_dict_replace(&work, weft_dict_nothing((weft_dict_kind)work.table->kind), false);
    }
    return weft_dict_end(&work, WEFT_DICT_OK);
}

weft_dict_result weft_dict_reserve(weft_thread *self, weft_dict *dict, size_t count) {
    weft_dict_work work;
    weft_dict_result result = WEFT_DICT_OK;
    if (!weft_dict_begin(self, dict, &work)) {
        return WEFT_DICT_CLOSED;
    }
    weft_dict_table *table = work.table;
    size_t live = live_of(table);
    bool split = table->kind == WEFT_DICT_SPLIT && count <= table->capacity;
    bool room = !work.frozen && count <= live + (table->capacity - begun_of(table));
    if (count > live && !split && !room) {
        weft_dict_kind kind =
            table->kind == WEFT_DICT_SPLIT ? WEFT_DICT_SYMBOLS : (weft_dict_kind)table->kind;
        /* Every entry keeps its place, also the dead, for iterators' sake; unless there are too many. */
        size_t places = begun_of(table) + (count - live);
        bool in_place = places <= weft_dict_most();
        result = rebuild(&work, kind, in_place ? places : count, in_place);
    }
    return weft_dict_end(&work, result);
}

weft_dict_result weft_dict_set_shared(weft_thread *self, weft_dict *dict) {
    weft_dict_work work;
    if (!weft_dict_begin(self, dict, &work)) {
        return WEFT_DICT_CLOSED;
    }
    weft_dict_share(dict);
    return weft_dict_end(&work, WEFT_DICT_OK);
}

weft_dict_result weft_dict_watch(weft_thread *self, weft_dict *dict, bool watched) {
    weft_dict_work work;
    if (!weft_dict_begin(self, dict, &work)) {
        return WEFT_DICT_CLOSED;
    }
    /* Relaxed: under the lock; readers look at the rest. */
    uint64_t version = weft_load_relaxed_u64(&dict->version) & ~WEFT_DICT_WATCHED;
    weft_store_relaxed_u64(&dict->version, version | (watched ? WEFT_DICT_WATCHED : 0));
    return weft_dict_end(&work, WEFT_DICT_OK);
}
