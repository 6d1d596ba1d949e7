/* Dicts as wholes: iteration, copies, snapshots, update. */
#include "weft_dict_work.h"
#include "weft_host.h"

/* ---- iteration ----------------------------------------------------------------------------------- */

weft_dict_result weft_dict_iterate(weft_thread *self, weft_dict *dict, bool strict,
                                   weft_dict_iterator *iterator) {
    weft_dict_work work;
    *iterator = (weft_dict_iterator){.dict = NULL};
    if (!weft_dict_begin(self, dict, &work)) {
        return WEFT_DICT_CLOSED;
    }
    iterator->dict = dict;
    iterator->prompt = work.prompt;
    /* Relaxed, both: under the lock, so that no insertion is under way. */
    iterator->begun = weft_load_relaxed_u32(&work.table->begun);
    iterator->live = weft_load_relaxed_u32(&work.table->live);
    if (strict) {
        iterator->serial = weft_dict_serial_of(work.table);
    } else {
        iterator->held = work.table;
        weft_dict_hold(work.table);
    }
    return weft_dict_end(&work, WEFT_DICT_OK);
}

void weft_dict_iterate_end(weft_thread *self, weft_dict_iterator *iterator) {
    weft_dict_table *held = iterator->held;
    if (weft_ref_is_left_behind(self)) {
        return;
    }
    iterator->dict = NULL;
    iterator->held = NULL;
    if (held != NULL) {
        weft_dict_unhold(self, held, true, iterator->prompt);
    }
}

/* The table a strict iterator is in, if it still is: the same, or a copy that inherited its serial. */
static weft_dict_table *strict_table(weft_thread *self, const weft_dict_iterator *iterator,
                                     unsigned char **word) {
    /* Acquire: pairs with the release that published the table, or shared the dict. */
    *word = weft_load_acquire_ptr(&iterator->dict->table);
    weft_dict_table *table = weft_dict_decide(self, iterator->dict, *word);
    /* Relaxed: never used again. */
    bool same = table != NULL && weft_load_relaxed_u64(&table->serial) == iterator->serial;
    return same ? table : NULL;
}

/* Relaxed, both: a change of them comes before what it announces, whose acquire has ordered it. */
static bool is_unchanged(const weft_dict_iterator *iterator, const weft_dict_table *table) {
    return weft_load_relaxed_u32(&table->begun) == iterator->begun &&
           weft_load_relaxed_u32(&table->live) == iterator->live;
}

/* References to an entry's key and value, if it has a value. The entry is published. PROMPT: if the value is in its cell
 * afterwards, and the table in the dict or held, both had a reference at that moment. */
typedef enum grasp { GRASPED, NO_VALUE, ONCE_MORE, LEFT_BEHIND } grasp;

/* Drops what could not be kept; host code. */
static grasp let_go_of(weft_thread *self, weft_dict_key key, weft_ref *value) {
    weft_ref_decref(self, value);
    weft_dict_let_go(self, key);
    return weft_ref_is_left_behind(self) ? LEFT_BEHIND : ONCE_MORE;
}

static grasp grasp_entry(weft_thread *self, const weft_dict_iterator *iterator,
                         const weft_dict_table *table, const unsigned char *word,
                         weft_dict_key *key, weft_ref **value) {
    weft_atomic_ptr *cell = weft_dict_cell(table, iterator->position);
    /* Acquire: pairs with the release that stored it. */
    *value = weft_load_acquire_ptr(cell);
    if (*value == NULL) {
        return NO_VALUE;
    }
    *key = weft_dict_key_at(weft_dict_index_of(table), iterator->position);
    if (!iterator->prompt) {
        weft_ref_incref(self, *value);
        weft_dict_incref_key(self, *key);
        return GRASPED;
    }
    weft_ref *object = weft_dict_object_of(*key);
    if (!weft_ref_try_incref(self, *value)) {
        return ONCE_MORE;
    }
    if (object != NULL && !weft_ref_try_incref(self, object)) {
        return let_go_of(self, 0, *value);
    }
    /* As in weft_dict_keep. */
    if (weft_load_acquire_ptr(cell) == *value &&
        (word == NULL || weft_load_relaxed_ptr(&iterator->dict->table) == word)) {
        return GRASPED;
    }
    return let_go_of(self, *key, *value);
}

static weft_dict_result next_weak(weft_thread *self, weft_dict_iterator *iterator,
                                  weft_dict_key *key, weft_ref **value) {
    const weft_dict_table *table = iterator->held;
    /* Acquire: pairs with the release of insertions: as many entries are there. */
    while (iterator->position < weft_load_acquire_u32(&table->count)) {
        grasp got = grasp_entry(self, iterator, table, NULL, key, value);
        if (got == ONCE_MORE) {
            continue;
        }
        if (got == LEFT_BEHIND) {
            return WEFT_DICT_CLOSED;
        }
        iterator->position++;
        if (got == GRASPED) {
            return WEFT_DICT_OK;
        }
    }
    weft_dict_iterate_end(self, iterator);
    return weft_ref_is_left_behind(self) ? WEFT_DICT_CLOSED : WEFT_DICT_MISSING;
}

static weft_dict_result next_strict(weft_thread *self, weft_dict_iterator *iterator,
                                    weft_dict_key *key, weft_ref **value) {
    for (;;) {
        unsigned char *word;
        const weft_dict_table *table = strict_table(self, iterator, &word);
        if (table == NULL || !is_unchanged(iterator, table)) {
            return WEFT_DICT_CHANGED;
        }
        grasp got = NO_VALUE;
        while (got == NO_VALUE && iterator->position < iterator->begun) {
            got = grasp_entry(self, iterator, table, word, key, value);
            iterator->position += got != ONCE_MORE && got != LEFT_BEHIND;
        }
        if (got == ONCE_MORE) {
            continue;
        }
        bool same = got != LEFT_BEHIND && is_unchanged(iterator, table);
        if (got == GRASPED && !same) {
            got = let_go_of(self, *key, *value);
        }
        if (got == LEFT_BEHIND) {
            return WEFT_DICT_CLOSED;
        }
        return !same ? WEFT_DICT_CHANGED : got == GRASPED ? WEFT_DICT_OK : WEFT_DICT_MISSING;
    }
}

/* A dict that is private to another thread is shared, so that it can be read. */
static bool share_first(weft_thread *self, const weft_dict_iterator *iterator) {
    return weft_dict_table_of(self, iterator->dict) != NULL ||
           (weft_dict_set_shared(self, iterator->dict) == WEFT_DICT_OK &&
            weft_dict_goes_on(self) == WEFT_DICT_OK);
}

weft_dict_result weft_dict_next(weft_thread *self, weft_dict_iterator *iterator, weft_dict_key *key,
                                weft_ref **value) {
    weft_park_may_detach();
    if (iterator->dict == NULL) {
        return WEFT_DICT_MISSING;
    }
    if (weft_ref_is_left_behind(self) || !share_first(self, iterator)) {
        return WEFT_DICT_CLOSED;
    }
    if (iterator->held != NULL) {
        return next_weak(self, iterator, key, value);
    }
    weft_dict_result result = next_strict(self, iterator, key, value);
    if (result != WEFT_DICT_OK && result != WEFT_DICT_CLOSED) {
        iterator->dict = NULL;
    }
    return result;
}

/* ---- copies -------------------------------------------------------------------------------------- */

static bool is_prompt(const weft_dict *dict) {
    /* Relaxed: the tag never changes. */
    return ((uintptr_t)weft_load_relaxed_ptr(&dict->table) & WEFT_DICT_PROMPT_TAG) != 0;
}

/* A copy of a table with references of its own; in *failed whether there was no memory. NULL: it has no items. */
static weft_dict_table *gather(weft_thread *self, weft_dict_table *table, bool *failed) {
    size_t live = weft_load_relaxed_u32(&table->live);
    weft_dict_table *made = NULL;
    *failed = false;
    if (live == 0) {
        return NULL;
    }
    if (table->kind == WEFT_DICT_SPLIT) {
        made = weft_dict_double(self, table, false);
    } else {
        made = weft_dict_rebuild(self, table, (weft_dict_kind)table->kind, live, false, false);
    }
    if (made != NULL) { /* whoever gets it has changed all its keys */
        weft_init_u64(&made->serial, WEFT_DICT_NO_ID);
        made->inherited = 0;
    }
    *failed = made == NULL;
    return made;
}

/* The dict's items become those of a table with references of its own; NULL: none. */
static void fill(weft_dict_work *work, weft_dict_table *table, weft_dict_kind kind) {
    if (table == NULL && weft_load_relaxed_u32(&work->table->live) == 0) {
        return;
    }
    if (work->shared && table != NULL) {
        weft_dict_share_items(table);
    }
    weft_dict_will_change(work, WEFT_DICT_REPLACED, 0);
    weft_dict_replace(work, table == NULL ? weft_dict_nothing(kind) : table, false);
}

weft_dict_result weft_dict_copy(weft_thread *self, weft_dict *dict, weft_dict *into) {
    weft_dict_work work;
    bool failed;
    if (!weft_dict_begin(self, dict, &work)) {
        return WEFT_DICT_CLOSED;
    }
    weft_dict_kind kind = (weft_dict_kind)work.table->kind;
    weft_dict_table *table = gather(self, work.table, &failed);
    (void)weft_dict_end(&work, WEFT_DICT_OK);
    if (failed) {
        return WEFT_DICT_NO_MEMORY;
    }
    if (weft_dict_goes_on(self) != WEFT_DICT_OK || !weft_dict_begin(self, into, &work)) {
        if (table != NULL) {
            weft_dict_scatter(self, table);
        }
        return WEFT_DICT_CLOSED;
    }
    fill(&work, table, kind);
    return weft_dict_end(&work, WEFT_DICT_OK);
}

/* Both dicts are locked. */
static void share_table(weft_dict_work *from, weft_dict_work *to) {
    uint32_t before = weft_load_relaxed_u32(&to->table->live);
    uint32_t live = weft_load_relaxed_u32(&from->table->live);
    weft_dict_share(from->dict);
    weft_dict_share(to->dict); /* as its items are */
    to->shared = true;
    if (before == 0 && live == 0) {
        return;
    }
    weft_dict_will_change(to, WEFT_DICT_REPLACED, 0);
    if (live == 0) {
        weft_dict_replace(to, weft_dict_nothing((weft_dict_kind)from->table->kind), false);
        return;
    }
    /* One dict more that has this table. It is never written from now on.
     * Relaxed: the caller's lock orders it before the next change of this dict; the publishing before those of the other. */
    weft_fetch_or_relaxed_u32(&from->table->holders, WEFT_DICT_FROZEN);
    weft_dict_hold(from->table);
    weft_dict_replace(to, from->table, false);
}

weft_dict_result weft_dict_snapshot(weft_thread *self, weft_dict *dict, weft_dict *into) {
    weft_critical2 section;
    weft_dict_work from;
    weft_dict_work to;
    if (is_prompt(dict) != is_prompt(into)) {
        weft_fatal("snapshot into a dict of the other discipline", "dict", into, NULL);
    }
    weft_park_may_detach();
    if (dict == into) {
        return WEFT_DICT_OK;
    }
    weft_critical2_begin(self, &section, &dict->head.mutex, &into->head.mutex);
    bool locked = section.section.locked != 0;
    if (locked) {
        weft_dict_enter(self, dict, &from);
        weft_dict_enter(self, into, &to);
        share_table(&from, &to);
        weft_dict_leave(&to);
    }
    weft_critical2_end(self, &section);
    if (!locked) {
        return WEFT_DICT_CLOSED;
    }
    weft_dict_settle(&to);
    return WEFT_DICT_OK;
}

/* ---- update -------------------------------------------------------------------------------------- */

weft_dict_result weft_dict_update(weft_thread *self, weft_dict *dict, weft_dict *other) {
    weft_dict_iterator iterator;
    weft_dict_key key;
    weft_ref *value;
    weft_park_may_detach();
    if (dict == other) {
        return WEFT_DICT_OK;
    }
    weft_dict_result result = weft_dict_iterate(self, other, false, &iterator);
    while (result == WEFT_DICT_OK &&
           weft_dict_next(self, &iterator, &key, &value) == WEFT_DICT_OK) {
        result = weft_dict_set(self, dict, key, value);
        weft_dict_let_go(self, weft_dict_of_object(value));
        weft_dict_let_go(self, key);
        if (weft_ref_is_left_behind(self)) {
            break; /* and what is iterated stays held */
        }
    }
    weft_dict_iterate_end(self, &iterator);
    return weft_ref_is_left_behind(self) ? WEFT_DICT_CLOSED : result;
}
