/* weft_dict_work.h: what the files of lib/dict share: tables, probes, and one change of a dict from the lock to the drops.
 *
 *     weft_dict_work work;
 *     if (!weft_dict_begin(self, dict, &work)) { return WEFT_DICT_CLOSED; }
 *     ... look at work.table; build a new one, which may fail: return weft_dict_end(&work, WEFT_DICT_NO_MEMORY) ...
 *     weft_dict_will_change(&work, kind, key);
 *     ... change; weft_dict_replace, weft_dict_drop ...
 *     return weft_dict_end(&work, WEFT_DICT_OK);
 */
#ifndef WEFT_DICT_WORK_H
#define WEFT_DICT_WORK_H

#include "weft_critical.h"
#include "weft_dict.h"

/* ---- tables -------------------------------------------------------------------------------------- */

/* A table without entries: capacity for `count` of them. NULL: no memory, or more than weft_dict_most. */
weft_dict_table *weft_dict_make(weft_dict_kind kind, size_t count) WEFT_WARN_UNUSED;

/* The most entries a table may have: WEFT_DICT_MAX, but in tests. */
size_t weft_dict_most(void);

/* Throws a table away that no reader can have; without its references. */
void weft_dict_unmake(weft_dict_table *table);

/* The table without entries of this kind: never written, never freed. */
weft_dict_table *weft_dict_nothing(weft_dict_kind kind);
bool weft_dict_is_nothing(const weft_dict_table *table);

/* Its id, which it gets if it has none. By any thread. */
uint64_t weft_dict_id_of(weft_dict_table *table);
uint64_t weft_dict_serial_of(weft_dict_table *table);

/* The table that has the keys, and the index, of this one. */
static inline const weft_dict_table *weft_dict_index_of(const weft_dict_table *table) {
    return table->kind == WEFT_DICT_SPLIT ? table->keys->table : table;
}

static inline unsigned char *weft_dict_entry(const weft_dict_table *table, size_t number) {
    return table->entries + number * table->stride;
}

/* Of a table that has keys. Plain: written before the slot, or the count, that led here. */
static inline weft_dict_key weft_dict_key_at(const weft_dict_table *table, size_t number) {
    unsigned char *entry = weft_dict_entry(table, number);
    return table->kind == WEFT_DICT_GENERAL ? ((weft_dict_triple *)entry)->key : *(uint64_t *)entry;
}

static inline uint64_t weft_dict_hash_at(const weft_dict_table *table, size_t number) {
    unsigned char *entry = weft_dict_entry(table, number);
    return table->kind == WEFT_DICT_GENERAL ? ((weft_dict_triple *)entry)->hash
                                            : weft_dict_own_hash(*(uint64_t *)entry);
}

static inline weft_atomic_ptr *weft_dict_cell(const weft_dict_table *table, size_t number) {
    unsigned char *entry = weft_dict_entry(table, number);
    switch (table->kind) {
    case WEFT_DICT_GENERAL:
        return &((weft_dict_triple *)entry)->value;
    case WEFT_DICT_SPLIT:
        return (weft_atomic_ptr *)entry;
    default:
        return &((weft_dict_pair *)entry)->value;
    }
}

/* By who holds the lock, or reads what nobody writes. */
static inline weft_ref *weft_dict_value_at(const weft_dict_table *table, size_t number) {
    return (weft_ref *)weft_load_relaxed_ptr(weft_dict_cell(table, number));
}

/* The gaps, from below; by who holds the lock. */
static inline weft_dict_gap *weft_dict_gaps(const weft_dict_table *table) {
    void *gaps = weft_dict_entry(table, table->capacity);
    return (weft_dict_gap *)gaps;
}

/* A key and a value, at the end of a table that nobody else knows yet. */
void weft_dict_add(weft_dict_table *table, uint64_t hash, weft_dict_key key, weft_ref *value);

/* The same for a table that readers have: the entry, begun, the slot (here it happens), count. */
void weft_dict_publish_entry(weft_dict_table *table, uint64_t hash, weft_dict_key key,
                             weft_ref *value);

/* ---- probes -------------------------------------------------------------------------------------- */

typedef struct weft_dict_probe {
    const weft_dict_table *table; /* with the index */
    weft_dict_key key;
    uint64_t hash;
    uint64_t mixed;
    size_t at;               /* the next slot */
    size_t number;           /* the entry of the one before ... */
    weft_dict_key candidate; /* ... and its key */
} weft_dict_probe;

weft_dict_probe weft_dict_probe_begin(const weft_dict_table *table, weft_dict_key key,
                                      uint64_t hash);

/* The next entry with this key, or a key of this hash. False: there is none. */
bool weft_dict_probe_next(weft_dict_probe *probe);

/* An entry's slot becomes a dummy. */
void weft_dict_forget(weft_dict_table *table, size_t number);

/* Whether an entry's key is the wanted one. */
typedef enum weft_dict_sameness {
    WEFT_DICT_OTHER,
    WEFT_DICT_SAME,
    WEFT_DICT_ASK /* the host knows */
} weft_dict_sameness;

static inline weft_dict_sameness weft_dict_compare(weft_dict_key candidate, weft_dict_key key) {
    if (candidate == key) {
        return WEFT_DICT_SAME;
    }
    bool object = weft_dict_tag_of(candidate) == 0 || weft_dict_tag_of(key) == 0;
    return object ? WEFT_DICT_ASK : WEFT_DICT_OTHER;
}

/* The hash of any key; of an object by the host. STOPPED, CLOSED. */
weft_dict_result weft_dict_hash(weft_thread *self, weft_dict_key key, uint64_t *hash);

/* The host's answer: 1, 0, less than 0. Both keys are held. Behind it, look whether the runtime is closed. */
int weft_dict_ask(weft_thread *self, weft_dict_key candidate, weft_dict_key key);

/* Whether the key equals nothing in the table but itself, and the table has pairs: weft_dict_find finds it. */
static inline bool weft_dict_equals_itself(const weft_dict_table *table, weft_dict_key key) {
    unsigned tag = weft_dict_tag_of(key);
    return tag != 0 && table->kind == tag;
}

static inline weft_dict_pair *weft_dict_pairs(const weft_dict_table *table) {
    void *entries = table->entries;
    return (weft_dict_pair *)entries;
}

/* ---- a change ------------------------------------------------------------------------------------ */

typedef struct weft_dict_work {
    weft_critical2 section;
    weft_thread *self;
    weft_dict *dict;
    weft_dict_table *table; /* the dict's */
    bool shared;
    bool prompt;
    bool frozen;           /* the table is not to be written */
    bool alone;            /* nobody else has it: its references may move */
    bool told;             /* nobody watches, or has been told */
    bool with_keys;        /* the shape is locked, too */
    unsigned drops;        /* after the lock: so many references are dropped ... */
    weft_ref *dropped[2];  /* ... these */
    weft_dict_table *gone; /* after the lock: this table, which nobody has */
    weft_dict_change change;
} weft_dict_work;

/* Locks, and decides: the one place where writers do. Afterwards the dict is shared, or private to this thread. False: the
 * runtime is closed; there is nothing to end. */
bool weft_dict_begin(weft_thread *self, weft_dict *dict, weft_dict_work *work) WEFT_WARN_UNUSED;

/* The same with the shape. The dict may have left it by now. */
bool weft_dict_begin_with(weft_thread *self, weft_dict *dict, weft_dict_keys *keys,
                          weft_dict_work *work) WEFT_WARN_UNUSED;

/* Unlocks; then memory that is over, and host code: the watcher, and what dies. Returns `result`. */
weft_dict_result weft_dict_end(weft_dict_work *work, weft_dict_result result);

/* Whether there may be another change, or anything else, behind the end of one: that has run host code, and may have waited for the
 * objects of an outer section. OK, CLOSED. */
static inline weft_dict_result weft_dict_goes_on(weft_thread *self) {
    return weft_ref_is_left_behind(self) ? WEFT_DICT_CLOSED : WEFT_DICT_OK;
}

/* The parts of these, for who locks and unlocks several dicts. */
void weft_dict_enter(weft_thread *self, weft_dict *dict, weft_dict_work *work);
void weft_dict_leave(weft_dict_work *work);
void weft_dict_settle(weft_dict_work *work);

/* By who holds the lock. */
void weft_dict_share(weft_dict *dict);

/* Flags every key and value. */
void weft_dict_share_items(weft_dict_table *table);

/* Before the first store of a change, behind everything that can fail. */
void weft_dict_will_change(weft_dict_work *work, weft_dict_change_kind kind, weft_dict_key key);

/* The references that the dict takes to what it is given. */
void weft_dict_take(weft_dict_work *work, weft_dict_key key, weft_ref *value);

/* One reference that the dict had goes, after the lock if others may want that: a drop is host code, and what it touches is not in
 * the cache. */
void weft_dict_drop(weft_dict_work *work, weft_ref *object);

/* A new table with the live items of another, of any kind and size; `moves`: with that one's references, else with new
 * ones; `in_place`: each with its number, so with room for as many dead ones. NULL: no memory. */
weft_dict_table *weft_dict_rebuild(weft_thread *self, weft_dict_table *table, weft_dict_kind kind,
                                   size_t count, bool moves, bool in_place) WEFT_WARN_UNUSED;

/* The same with every entry at its place, those that are dead, too. */
weft_dict_table *weft_dict_double(weft_thread *self, weft_dict_table *table,
                                  bool moves) WEFT_WARN_UNUSED;

/* Throws a table with references of its own away that was never published. Host code. */
void weft_dict_scatter(weft_thread *self, weft_dict_table *table);

/* The table becomes the dict's. The old one's references have moved if it was alone and `moved`; else they go with it. */
void weft_dict_replace(weft_dict_work *work, weft_dict_table *table, bool moved);

/* One more dict or iterator that has the table; one less. */
void weft_dict_hold(weft_dict_table *table);
void weft_dict_unhold(weft_thread *self, weft_dict_table *table, bool shared, bool prompt);

/* Drops a key's object, for who got a reference to it. */
static inline void weft_dict_decref_key(weft_thread *self, weft_dict_key key) {
    weft_ref *object = weft_dict_object_of(key);
    if (object != NULL) {
        weft_ref_decref(self, object);
    }
}
static inline void weft_dict_incref_key(weft_thread *self, weft_dict_key key) {
    weft_ref *object = weft_dict_object_of(key);
    if (object != NULL) {
        weft_ref_incref(self, object);
    }
}

/* Drops what an operation has held across host code. */
static inline void weft_dict_let_go(weft_thread *self, weft_dict_key key) {
    if (!weft_ref_is_left_behind(self)) {
        weft_dict_decref_key(self, key);
    }
}

/* ---- finding a key under the lock ---------------------------------------------------------------- */

typedef struct weft_dict_place {
    bool found;    /* it has a value */
    bool in_keys;  /* not found, but the shape has it: at `number` */
    size_t number; /* of the entry */
} weft_dict_place;

/* What the host has said about candidates; each is held. */
#define WEFT_DICT_INLINE_ANSWERS 8U
typedef struct weft_dict_answers {
    size_t count;
    size_t room; /* in `more` */
    weft_dict_key *more;
    weft_dict_key first[WEFT_DICT_INLINE_ANSWERS]; /* that differ */
    weft_dict_key same;                            /* that does not; 0: none yet */
} weft_dict_answers;

/* Locks, and finds the key. OK: locked, and `place` is right until the lock is let go. NO_MEMORY, STOPPED, CLOSED: not locked. With
 * `keys`, not NULL, locked as well. `answers` stay valid across calls; begin with zeros, end with weft_dict_answers_end. */
weft_dict_result weft_dict_seek(weft_thread *self, weft_dict *dict, weft_dict_keys *keys,
                                weft_dict_key key, uint64_t hash, weft_dict_answers *answers,
                                weft_dict_work *work, weft_dict_place *place);
void weft_dict_answers_end(weft_thread *self, weft_dict_answers *answers);

#if WEFT_STATISTICS
extern struct weft_dict_counters {
    weft_atomic_u64 slow_reads, locked_reads, asked, restarts, shares, copies, thaws, conversions,
        passed;
} weft_dict_counters;
#define WEFT_DICT_COUNT(event) ((void)weft_fetch_add_relaxed_u64(&weft_dict_counters.event, 1))
#else
#define WEFT_DICT_COUNT(event) ((void)0)
#endif

#endif /* WEFT_DICT_WORK_H */
