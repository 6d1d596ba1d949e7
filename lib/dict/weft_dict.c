/* Dicts: reading. Read in this order: one look, asking the host, reads, caches of places, finding a key under the lock. */
#include "weft_dict.h"

#include "weft_dict_work.h"
#include "weft_host.h"

/* A reader that had to start over so often, because the table was another after the host had compared keys, goes on under the
 * lock. Each took a writer a whole table: a guess that only has to be more than bad luck. */
#define ROUNDS 16

/* ---- one look ------------------------------------------------------------------------------------ */

typedef enum verdict {
    FOUND,
    ABSENT,
    AGAIN,  /* the table is another */
    BUSY,   /* private to another thread */
    FAILED, /* a hook */
    CLOSED, /* a hook came back detached */
    DIED    /* a candidate, before the host could be asked: it was deleted */
} verdict;

/* What a reader looks for, and where it is. */
typedef struct look {
    weft_thread *self;
    weft_dict *dict;
    weft_dict_key key;
    weft_dict_table *table;
    weft_dict_probe probe;
    weft_dict_sight seen;
    bool held; /* this look has a reference to the key */
} look;

static bool is_prompt(const weft_dict *dict) {
    /* Relaxed: the tag never changes. */
    return ((uintptr_t)weft_load_relaxed_ptr(&dict->table) & WEFT_DICT_PROMPT_TAG) != 0;
}

/* Before host code or a wait, which may detach and so end the caller's borrow of the key; not before, as the count of a symbol
 * that many look for is many threads'. */
static void hold_key(look *at) {
    if (!at->held) {
        weft_dict_incref_key(at->self, at->key);
        at->held = true;
    }
}

/* When all that the look borrowed is not needed any more. */
static void unhold_key(look *at) {
    if (at->held) {
        weft_dict_let_go(at->self, at->key);
    }
}

/* The dict's table now. False: it is private to another thread. */
static bool load_table(look *at) {
    /* Acquire: pairs with the release that published the table, or shared the dict. */
    at->seen.word = weft_load_acquire_ptr(&at->dict->table);
    at->table = weft_dict_decide(at->self, at->dict, at->seen.word);
    return at->table != NULL;
}

static void load_value(look *at) {
    at->seen.cell = weft_dict_cell(at->table, at->probe.number);
    /* Acquire: pairs with the release that stored it. */
    at->seen.value = weft_load_acquire_ptr(at->seen.cell);
}

/* A reference to a candidate's object, so that the host may look at it. DEFERRED: it has one until this thread's next quiescent
 * state. PROMPT: if its entry has a value afterwards, it was there at that moment. */
static bool keep_candidate(look *at) {
    weft_ref *object = weft_dict_object_of(at->probe.candidate);
    load_value(at);
    if (at->seen.value == NULL) {
        return false;
    }
    if (object == NULL) {
        return true;
    }
    if (!is_prompt(at->dict)) {
        weft_ref_incref(at->self, object);
        return true;
    }
    if (!weft_ref_try_incref(at->self, object)) {
        return false;
    }
    /* As in weft_dict_keep. Relaxed, both: whoever has taken the key out before the increment left NULL there, or another
     * table, for good (a key comes back in another entry), and the increment's acquire makes that be seen. */
    if (weft_load_relaxed_ptr(&at->dict->table) == at->seen.word &&
        weft_load_relaxed_ptr(at->seen.cell) != NULL) {
        return true;
    }
    weft_ref_decref(at->self, object); /* host code: the word may be another table's since */
    at->seen.word = NULL;
    return false;
}

/* FOUND, ABSENT: the host says that the candidate is, is not, the key, and the table is still the dict's. A pointer to a
 * table does not live across host code, which may detach: only its id does. */
static verdict ask(look *at) {
    weft_dict_key candidate = at->probe.candidate;
    hold_key(at);
    if (!keep_candidate(at)) {
        return DIED;
    }
    uint64_t id = weft_dict_id_of(at->table);
    int same = weft_dict_ask(at->self, candidate, at->key);
    weft_dict_let_go(at->self, candidate); /* host code, too */
    if (weft_ref_is_left_behind(at->self)) {
        return CLOSED;
    }
    if (same < 0) {
        return FAILED;
    }
    if (!load_table(at)) {
        return BUSY;
    }
    /* Relaxed: ids are never used again. */
    if (weft_load_relaxed_u64(&at->table->id) != id) {
        WEFT_DICT_COUNT(restarts);
        return AGAIN;
    }
    /* A shape's dicts have one id, but a table each, and the same index. */
    at->probe.table = weft_dict_index_of(at->table);
    return same > 0 ? FOUND : ABSENT;
}

/* A candidate that has died is no candidate: in a PROMPT dict, unless it is the table that has gone, or may have: a word is never
 * NULL. */
static verdict after_death(look *at) {
    return weft_load_relaxed_ptr(&at->dict->table) == at->seen.word ? ABSENT : AGAIN;
}

/* The value, uncounted, in `seen`. */
static verdict look_once(look *at, uint64_t hash) {
    if (!load_table(at)) {
        return BUSY;
    }
    at->probe = weft_dict_probe_begin(at->table, at->key, hash);
    while (weft_dict_probe_next(&at->probe)) {
        verdict found = ABSENT;
        switch (weft_dict_compare(at->probe.candidate, at->key)) {
        case WEFT_DICT_SAME:
            found = FOUND;
            break;
        case WEFT_DICT_ASK:
            found = ask(at);
            break;
        default:
            break;
        }
        if (found == DIED) {
            found = after_death(at);
        }
        if (found == FOUND) {
            load_value(at);
            /* NULL: deleted meanwhile; it may have been put back, further on. */
            found = at->seen.value != NULL ? FOUND : ABSENT;
        }
        if (found != ABSENT) {
            return found;
        }
    }
    return ABSENT;
}

/* ---- reads --------------------------------------------------------------------------------------- */

static weft_dict_result get_locked(weft_thread *self, weft_dict *dict, weft_dict_key key,
                                   uint64_t hash, weft_ref **value) {
    weft_dict_answers answers = {0};
    weft_dict_work work;
    weft_dict_place place;
    weft_dict_result result = weft_dict_seek(self, dict, NULL, key, hash, &answers, &work, &place);
    WEFT_DICT_COUNT(locked_reads);
    if (result == WEFT_DICT_OK) {
        if (place.found) {
            *value = weft_dict_value_at(work.table, place.number);
            weft_ref_incref(self, *value);
        }
        result = weft_dict_end(&work, place.found ? WEFT_DICT_OK : WEFT_DICT_MISSING);
    }
    weft_dict_answers_end(self, &answers);
    return result;
}

/* A reference to the value, or why there is none. */
static weft_dict_result get(look *at, weft_ref **value) {
    uint64_t hash;
    if (weft_ref_is_left_behind(at->self)) {
        return WEFT_DICT_CLOSED; /* by the drop of what the caller found and could not keep */
    }
    if (weft_dict_tag_of(at->key) == 0) {
        hold_key(at);
    }
    weft_dict_result result = weft_dict_hash(at->self, at->key, &hash);
    if (result != WEFT_DICT_OK) {
        return result;
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        verdict found = look_once(at, hash);
        if (found == ABSENT || found == FAILED || found == CLOSED) {
            return found == FAILED   ? WEFT_DICT_STOPPED
                   : found == CLOSED ? WEFT_DICT_CLOSED
                                     : WEFT_DICT_MISSING;
        }
        if (found == BUSY) {
            break;
        }
        if (found == FOUND && !is_prompt(at->dict)) {
            weft_ref_incref(at->self, at->seen.value);
            *value = at->seen.value;
            return WEFT_DICT_OK;
        }
        if (found == FOUND && weft_dict_keep(at->self, at->dict, &at->seen)) {
            *value = at->seen.value;
            return WEFT_DICT_OK;
        }
        if (weft_ref_is_left_behind(at->self)) { /* by the drop of what could not be kept */
            return WEFT_DICT_CLOSED;
        }
    }
    hold_key(at);
    return get_locked(at->self, at->dict, at->key, hash, value);
}

weft_dict_result weft_dict_get_slow(weft_thread *self, weft_dict *dict, weft_dict_key key,
                                    weft_ref **value) {
    look at = {.self = self, .dict = dict, .key = key};
    WEFT_DICT_COUNT(slow_reads);
    weft_dict_result result = get(&at, value);
    unhold_key(&at);
    return result;
}

/* A dict that is private to another thread becomes shared if its lock is free. A borrow must not wait. */
static bool try_share(weft_dict *dict) {
    if (!weft_mutex_try_lock(&dict->head.mutex)) {
        return false;
    }
    weft_dict_share(dict);
    weft_mutex_unlock(&dict->head.mutex);
    return true;
}

/* The value, uncounted. */
static weft_ref *borrow(look *at) {
    uint64_t hash;
    if (weft_dict_hash(at->self, at->key, &hash) != WEFT_DICT_OK) {
        return NULL;
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        verdict found = look_once(at, hash);
        if (found == FOUND) {
            return at->seen.value;
        }
        if (found != AGAIN && (found != BUSY || !try_share(at->dict))) {
            return NULL;
        }
    }
    return NULL;
}

weft_ref *weft_dict_borrow_slow(weft_thread *self, weft_dict *dict, weft_dict_key key) {
    look at = {.self = self, .dict = dict, .key = key};
    WEFT_DICT_COUNT(slow_reads);
    if (is_prompt(dict)) {
        weft_fatal("borrow from a dict whose references are dropped at once", "dict", dict, NULL);
    }
    weft_ref *value = borrow(&at);
    unhold_key(&at); /* not the last: the caller has one, so nothing is run that ends this borrow */
    return value;
}

size_t weft_dict_len_slow(weft_thread *self, weft_dict *dict) {
    weft_dict_work work;
    WEFT_DICT_COUNT(slow_reads);
    WEFT_DICT_COUNT(locked_reads);
    if (!weft_dict_begin(self, dict, &work)) {
        return 0;
    }
    size_t live = weft_load_relaxed_u32(&work.table->live);
    (void)weft_dict_end(&work, WEFT_DICT_OK);
    return live;
}

/* ---- caches of places ---------------------------------------------------------------------------- */

/* The entry with this very key. NUMBER: none. False: the host would have to be asked. */
#define NUMBER SIZE_MAX
static bool find_alike(look *at, size_t *number) {
    at->probe = weft_dict_probe_begin(at->table, at->key, weft_dict_own_hash(at->key));
    *number = NUMBER;
    while (weft_dict_probe_next(&at->probe)) {
        weft_dict_sameness same = weft_dict_compare(at->probe.candidate, at->key);
        if (same == WEFT_DICT_SAME) {
            *number = at->probe.number;
            return true;
        }
        if (same == WEFT_DICT_ASK) {
            return false;
        }
    }
    return true;
}

static bool fill_miss(const look *at, uint32_t begun, uint32_t count, weft_dict_cache *cache) {
    if (begun != count) {
        return false; /* an insertion is under way: its slot may come without begun rising again */
    }
    *cache = (weft_dict_cache){weft_dict_id_of(at->table), begun, 0};
    return true;
}

bool weft_dict_cache_fill(weft_thread *self, weft_dict *dict, weft_dict_key key,
                          weft_dict_cache *cache) {
    look at = {.self = self, .dict = dict, .key = key};
    size_t number;
    *cache = (weft_dict_cache){0, 0, 0};
    if (weft_dict_tag_of(key) == 0 || !load_table(&at)) {
        return false;
    }
    /* Relaxed: a miss is remembered only where count is equal to it, so that count's acquire is enough. */
    uint32_t begun = weft_load_relaxed_u32(&at.table->begun);
    /* Acquire: pairs with the release of insertions: the probe finds as many slots. */
    uint32_t count = weft_load_acquire_u32(&at.table->count);
    if (!find_alike(&at, &number)) {
        return false;
    }
    if (number == NUMBER) {
        return fill_miss(&at, begun, count, cache);
    }
    load_value(&at);
    if (at.seen.value == NULL) {
        /* A shape has keys that its dict may get yet: later than all it has, so that begun rises. */
        bool later = at.table->kind == WEFT_DICT_SPLIT && number >= begun;
        return later && fill_miss(&at, begun, count, cache);
    }
    size_t offset = (size_t)((unsigned char *)at.seen.cell - (unsigned char *)at.table);
    if (offset > UINT32_MAX) {
        return false;
    }
    *cache = (weft_dict_cache){weft_dict_id_of(at.table), 0, (uint32_t)offset};
    return true;
}

/* ---- finding a key under the lock ---------------------------------------------------------------- */

static bool differs(const weft_dict_answers *answers, weft_dict_key candidate) {
    for (size_t i = 0; i < answers->count; i++) {
        weft_dict_key known = i < WEFT_DICT_INLINE_ANSWERS
                                  ? answers->first[i]
                                  : answers->more[i - WEFT_DICT_INLINE_ANSWERS];
        if (known == candidate) {
            return true;
        }
    }
    return false;
}

/* Room for one answer more. */
static bool make_room(weft_dict_answers *answers) {
    size_t used =
        answers->count < WEFT_DICT_INLINE_ANSWERS ? 0 : answers->count - WEFT_DICT_INLINE_ANSWERS;
    if (answers->count < WEFT_DICT_INLINE_ANSWERS || used < answers->room) {
        return true;
    }
    size_t room = answers->room == 0 ? 2 * (size_t)WEFT_DICT_INLINE_ANSWERS : 2 * answers->room;
    weft_dict_key *more = weft_host_allocate(room * sizeof *more, sizeof *more);
    if (more == NULL) {
        return false;
    }
    for (size_t i = 0; i < used; i++) {
        more[i] = answers->more[i];
    }
    weft_host_free(answers->more, answers->room * sizeof *more, sizeof *more);
    answers->more = more;
    answers->room = room;
    return true;
}

static void note(weft_dict_answers *answers, weft_dict_key candidate) {
    size_t number = answers->count++;
    if (number < WEFT_DICT_INLINE_ANSWERS) {
        answers->first[number] = candidate;
    } else {
        answers->more[number - WEFT_DICT_INLINE_ANSWERS] = candidate;
    }
}

void weft_dict_answers_end(weft_thread *self, weft_dict_answers *answers) {
    for (size_t i = 0; i < answers->count; i++) {
        weft_dict_let_go(self, i < WEFT_DICT_INLINE_ANSWERS
                                   ? answers->first[i]
                                   : answers->more[i - WEFT_DICT_INLINE_ANSWERS]);
    }
    if (answers->same != 0) {
        weft_dict_let_go(self, answers->same);
    }
    weft_host_free(answers->more, answers->room * sizeof *answers->more, sizeof *answers->more);
}

/* Under the lock. False: the host has to be asked about *unknown. */
static bool probe_known(const weft_dict_work *work, weft_dict_key key, uint64_t hash,
                        const weft_dict_answers *answers, weft_dict_place *place,
                        weft_dict_key *unknown) {
    *place = (weft_dict_place){false, false, 0};
    if (weft_dict_equals_itself(work->table, key)) {
        weft_dict_pair *pair = weft_dict_find(work->table, key, weft_dict_mix(hash));
        if (pair != NULL) {
            *place = (weft_dict_place){true, false, (size_t)(pair - weft_dict_pairs(work->table))};
        }
        return true;
    }
    weft_dict_probe probe = weft_dict_probe_begin(work->table, key, hash);
    while (weft_dict_probe_next(&probe)) {
        weft_dict_key candidate = probe.candidate;
        weft_dict_sameness same = weft_dict_compare(candidate, key);
        if (same == WEFT_DICT_SAME || candidate == answers->same) {
            weft_ref *value = weft_dict_value_at(work->table, probe.number);
            *place = (weft_dict_place){value != NULL, value == NULL, probe.number};
            return true;
        }
        if (same == WEFT_DICT_ASK && !differs(answers, candidate)) {
            *unknown = candidate;
            return false;
        }
    }
    return true;
}

/* Lets the lock go, and asks. The references make an answer good for as long as it is kept: nobody else gets a candidate's
 * address. */
static weft_dict_result ask_unlocked(weft_dict_work *work, weft_dict_key key,
                                     weft_dict_key candidate, weft_dict_answers *answers) {
    weft_thread *self = work->self;
    weft_dict_incref_key(self, candidate);
    (void)weft_dict_end(work, WEFT_DICT_OK);
    if (weft_ref_is_left_behind(self)) {
        return WEFT_DICT_CLOSED;
    }
    if (!make_room(answers)) {
        weft_dict_decref_key(self, candidate);
        return WEFT_DICT_NO_MEMORY;
    }
    int same = weft_dict_ask(self, candidate, key);
    if (weft_ref_is_left_behind(self)) {
        return WEFT_DICT_CLOSED;
    }
    if (same <= 0) {
        note(answers, candidate);
        return same < 0 ? WEFT_DICT_STOPPED : WEFT_DICT_OK;
    }
    weft_dict_key before = answers->same;
    answers->same = candidate;
    if (before != 0) {
        weft_dict_decref_key(self, before); /* host code */
    }
    return weft_dict_goes_on(self);
}

weft_dict_result weft_dict_seek(weft_thread *self, weft_dict *dict, weft_dict_keys *keys,
                                weft_dict_key key, uint64_t hash, weft_dict_answers *answers,
                                weft_dict_work *work, weft_dict_place *place) {
    for (;;) {
        weft_dict_key unknown;
        bool locked = keys == NULL ? weft_dict_begin(self, dict, work)
                                   : weft_dict_begin_with(self, dict, keys, work);
        if (!locked) {
            return WEFT_DICT_CLOSED;
        }
        if (probe_known(work, key, hash, answers, place, &unknown)) {
            return WEFT_DICT_OK;
        }
        weft_dict_result result = ask_unlocked(work, key, unknown, answers);
        if (result != WEFT_DICT_OK) {
            return result;
        }
    }
}
