/* Tables of dicts, and what every change goes through. Read in this order: tables, their indexes, probes, copies, the end of
 * a table, sharing, a change from the lock to the drops. */
#include <string.h>

#include "weft_dict_work.h"
#include "weft_host.h"

#if WEFT_STATISTICS
struct weft_dict_counters weft_dict_counters;
#endif

/* The least index has 16 slots of 16 bits, or 8 larger ones, and room for 6 entries. */
#define LEAST_BITS_16 4U
#define LEAST_BITS 3U

/* The largest index of 16-bit, of 32-bit slots: 5 and 6 bits of tag are left, so 1 of 32 foreign entries, of 64, is looked at. */
static unsigned most_bits_16 = WEFT_DICT_BITS_16;
static unsigned most_bits_32 = WEFT_DICT_BITS_32;

/* The most entries. */
static size_t most_entries = WEFT_DICT_MAX;

/* From so many bytes on a table begins with a cache line, so that what readers load of the header is in one. */
#define LARGE 1024U

/* What empty dicts have: never written but for its id, never freed. */
typedef struct nothing {
    weft_dict_table table;
    weft_atomic_u64 index;
} nothing;
#define NOTHING(kind, stride)                                                                      \
    {{WEFT_ATOMIC_INIT(WEFT_DICT_NO_ID),                                                           \
      NULL,                                                                                        \
      ~WEFT_DICT_EACH,                                                                             \
      0,                                                                                           \
      1,                                                                                           \
      (kind),                                                                                      \
      1,                                                                                           \
      (stride),                                                                                    \
      0,                                                                                           \
      0,                                                                                           \
      NULL,                                                                                        \
      WEFT_ATOMIC_INIT(WEFT_DICT_NO_ID),                                                           \
      0,                                                                                           \
      WEFT_ATOMIC_INIT(0),                                                                         \
      WEFT_ATOMIC_INIT(0),                                                                         \
      WEFT_ATOMIC_INIT(0),                                                                         \
      WEFT_ATOMIC_INIT(1),                                                                         \
      {{0, 0, 0}}},                                                                                \
     WEFT_ATOMIC_INIT(0)}
static nothing nothings[3] = {
    NOTHING(WEFT_DICT_GENERAL, sizeof(weft_dict_triple)),
    NOTHING(WEFT_DICT_IMMEDIATES, sizeof(weft_dict_pair)),
    NOTHING(WEFT_DICT_SYMBOLS, sizeof(weft_dict_pair)),
};

static weft_dict_watcher watcher;
static weft_dict_hooks hooks;
static weft_atomic_u64 ids;

void weft_dict_set_watcher(weft_dict_watcher wanted) {
    watcher = wanted;
}

void weft_dict_set_hooks(const weft_dict_hooks *wanted) {
    hooks = wanted == NULL ? (weft_dict_hooks){NULL, NULL} : *wanted;
}

void weft_dict_set_widths(unsigned bits_16, unsigned bits_32) {
    most_bits_16 = bits_16;
    most_bits_32 = bits_32;
}

void weft_dict_set_most(size_t entries) {
    most_entries = entries;
}

/* ---- tables -------------------------------------------------------------------------------------- */

size_t weft_dict_most(void) {
    return most_entries;
}

weft_dict_table *weft_dict_nothing(weft_dict_kind kind) {
    return &nothings[kind == WEFT_DICT_SPLIT ? WEFT_DICT_SYMBOLS : kind].table;
}

bool weft_dict_is_nothing(const weft_dict_table *table) {
    return table == &nothings[0].table || table == &nothings[1].table ||
           table == &nothings[2].table;
}

/* Relaxed, all: a number, and nothing behind it. */
static uint64_t number_of(weft_atomic_u64 *field) {
    uint64_t id = weft_load_relaxed_u64(field);
    if (id == WEFT_DICT_NO_ID) {
        uint64_t fresh = weft_fetch_add_relaxed_u64(&ids, 1) + 1;
        id = weft_cas_relaxed_u64(field, &id, fresh) ? fresh : id;
    }
    return id;
}

uint64_t weft_dict_id_of(weft_dict_table *table) {
    return number_of(&table->id);
}

uint64_t weft_dict_serial_of(weft_dict_table *table) {
    return number_of(&table->serial);
}

static size_t stride_of(weft_dict_kind kind) {
    switch (kind) {
    case WEFT_DICT_GENERAL:
        return sizeof(weft_dict_triple);
    case WEFT_DICT_SPLIT:
        return sizeof(weft_atomic_ptr);
    case WEFT_DICT_KEYS:
        return sizeof(uint64_t);
    default:
        return sizeof(weft_dict_pair);
    }
}

/* 22 bytes by entry, of which a pair is 16, are what a full table may have. So 3/8 of the slots if they have 16 bits, and 3/4
 * of larger ones. In a full table, a hit looks at more than one word of the former in 2 of 100 cases, a miss in 7; of the latter at 2.5
 * slots, and 8.5. */
static size_t room_in(unsigned bits, unsigned width) {
    size_t slots = (size_t)1 << bits;
    return width == 1 ? slots / 8 * 3 : slots / 4 * 3;
}

static size_t alignment_of(size_t bytes) {
    return bytes < LARGE ? 16 : 64;
}

/* The entries of a table, and its gaps. */
static size_t entries_bytes(weft_dict_kind kind, size_t capacity) {
    bool shaped = kind == WEFT_DICT_SPLIT || kind == WEFT_DICT_KEYS;
    size_t gaps = shaped ? 0 : capacity / WEFT_DICT_GAP;
    return capacity * stride_of(kind) + gaps * sizeof(weft_dict_gap);
}

static size_t bytes_of(const weft_dict_table *table) {
    size_t before = table->entries == NULL ? 0 : (size_t)(table->entries - (unsigned char *)table);
    return before + entries_bytes((weft_dict_kind)table->kind, table->capacity);
}

static weft_dict_table *allocate(weft_dict_kind kind, size_t index_bytes, size_t capacity) {
    size_t before =
        (sizeof(weft_dict_table) + index_bytes + 15) / 16 * 16; /* a pair is in one line */
    size_t bytes = before + entries_bytes(kind, capacity);
    weft_dict_table *table = weft_host_allocate(bytes, alignment_of(bytes));
    if (table == NULL) {
        return NULL;
    }
    memset(table, 0, before);
    weft_init_u64(&table->id, WEFT_DICT_NO_ID);
    weft_init_u64(&table->serial, WEFT_DICT_NO_ID);
    table->entries = (unsigned char *)table + before;
    table->kind = (uint8_t)kind;
    table->stride = (uint8_t)stride_of(kind);
    table->capacity = (uint32_t)capacity;
    weft_init_u32(&table->holders, 1);
    return table;
}

/* Four slots of 16 bits are one word, the first in its lowest bits; a larger slot is a word. */
static size_t slots_in_word(const weft_dict_table *table) {
    return table->width == 1 ? 4 : 1;
}

static size_t slots_of(const weft_dict_table *table) {
    return ((size_t)table->mask + 1) * slots_in_word(table);
}

/* A slot's place in its word. */
static unsigned shift_of(const weft_dict_table *table, size_t at) {
    return (unsigned)(at % slots_in_word(table)) * 16;
}

static uint64_t slot_bits(const weft_dict_table *table) {
    return UINT64_MAX >> (64 - (8U << table->width));
}

/* The bits of a word that are of tags. */
static uint64_t tags_of(const weft_dict_table *table) {
    uint64_t tags = slot_bits(table) & ~(uint64_t)table->low;
    return table->width == 1 ? tags * WEFT_DICT_EACH : tags;
}

static weft_dict_table *make_indexed(weft_dict_kind kind, unsigned bits, unsigned width,
                                     size_t count) {
    size_t slots = (size_t)1 << bits;
    if (slots > SIZE_MAX / 64) {
        return NULL; /* an address space of 32 bits */
    }
    size_t capacity = kind == WEFT_DICT_KEYS ? count : room_in(bits, width);
    weft_dict_table *table = allocate(kind, slots << width, capacity);
    if (table != NULL) {
        table->width = (uint8_t)width;
        table->mask = (uint32_t)(slots / slots_in_word(table) - 1);
        /* Numbers go up to the capacity, and one more. */
        table->low = (uint32_t)(width == 1 ? slots / 2 - 1 : slots - 1);
        table->tags = tags_of(table);
    }
    return table;
}

/* The smallest index with room for so many. */
static weft_dict_table *make_for(weft_dict_kind kind, size_t count) {
    unsigned bits = LEAST_BITS_16;
    while (bits <= most_bits_16 && room_in(bits, 1) < count) {
        bits++;
    }
    if (bits <= most_bits_16) {
        return make_indexed(kind, bits, 1, count);
    }
    bits = LEAST_BITS;
    while (room_in(bits, 2) < count) {
        bits++;
    }
    return make_indexed(kind, bits, bits <= most_bits_32 ? 2 : 3, count);
}

weft_dict_table *weft_dict_make(weft_dict_kind kind, size_t count) {
    if (kind != WEFT_DICT_SPLIT) {
        return count > most_entries ? NULL : make_for(kind, count);
    }
    weft_dict_table *table = allocate(kind, 0, count);
    for (size_t i = 0; table != NULL && i < count; i++) {
        weft_init_ptr(weft_dict_cell(table, i), NULL);
    }
    return table;
}

void weft_dict_unmake(weft_dict_table *table) {
    weft_host_free(table, bytes_of(table), alignment_of(bytes_of(table)));
}

/* ---- indexes ------------------------------------------------------------------------------------- */

static void *slots_from(const weft_dict_table *table) {
    return (void *)(table + 1);
}

/* Acquire: pairs with the release that published the entry. */
static uint64_t slot_at(const weft_dict_table *table, size_t at) {
    switch (table->width) {
    case 1:
        return weft_load_acquire_u64((weft_atomic_u64 *)slots_from(table) + at / 4) >>
                   shift_of(table, at) &
               UINT16_MAX;
    case 2:
        return weft_load_acquire_u32((weft_atomic_u32 *)slots_from(table) + at);
    default:
        return weft_load_acquire_u64((weft_atomic_u64 *)slots_from(table) + at);
    }
}

static void set_in_word(weft_atomic_u64 *word, unsigned shift, uint64_t slot) {
    /* Relaxed: nobody else writes. */
    uint64_t others = weft_load_relaxed_u64(word) & ~((uint64_t)UINT16_MAX << shift);
    /* Release: as set_slot. */
    weft_store_release_u64(word, others | slot << shift);
}

/* Release: pairs with the acquire of readers: the entry is complete, or the value gone. */
static void set_slot(weft_dict_table *table, size_t at, uint64_t slot) {
    switch (table->width) {
    case 1:
        set_in_word((weft_atomic_u64 *)slots_from(table) + at / 4, shift_of(table, at), slot);
        break;
    case 2:
        weft_store_release_u32((weft_atomic_u32 *)slots_from(table) + at, (uint32_t)slot);
        break;
    default:
        weft_store_release_u64((weft_atomic_u64 *)slots_from(table) + at, slot);
    }
}

/* Where a probe begins: with the first slot of a word. */
static size_t first_of(const weft_dict_table *table, uint64_t mixed) {
    return (size_t)(mixed & table->mask) * slots_in_word(table);
}

static size_t next_of(const weft_dict_table *table, size_t at) {
    return (at + 1) & (slots_of(table) - 1);
}

/* The tag of a hash: its highest bits. But in slots of 16 bits those at the slot's place in the word: a word and a hash are compared as
 * they are. None of these say which word it is. */
static uint64_t tag_at(const weft_dict_table *table, size_t at, uint64_t mixed) {
    if (table->width == 1) {
        return (mixed & table->tags) >> shift_of(table, at) & UINT16_MAX;
    }
    return mixed >> (64 - (8U << table->width)) & table->tags;
}

weft_dict_pair *weft_dict_find_slow(const weft_dict_table *table, uint64_t key, uint64_t mixed) {
    void *entries = table->entries;
    weft_dict_pair *pairs = entries;
    for (size_t at = first_of(table, mixed);; at = next_of(table, at)) {
        uint64_t slot = slot_at(table, at);
        uint64_t number = slot & table->low;
        if (slot == 0) {
            return NULL;
        }
        if ((slot ^ number) == tag_at(table, at, mixed) && number >= WEFT_DICT_FIRST_NUMBER &&
            pairs[number - WEFT_DICT_FIRST_NUMBER].key == key) {
            return &pairs[number - WEFT_DICT_FIRST_NUMBER];
        }
    }
}

weft_dict_probe weft_dict_probe_begin(const weft_dict_table *table, weft_dict_key key,
                                      uint64_t hash) {
    uint64_t mixed = weft_dict_mix(hash);
    const weft_dict_table *index = weft_dict_index_of(table);
    weft_dict_probe probe = {index, key, hash, mixed, first_of(index, mixed), 0, 0};
    return probe;
}

bool weft_dict_probe_next(weft_dict_probe *probe) {
    const weft_dict_table *table = probe->table;
    for (;;) {
        size_t at = probe->at;
        uint64_t slot = slot_at(table, at);
        if (slot == 0) {
            return false;
        }
        probe->at = next_of(table, at);
        uint64_t number = slot & table->low;
        if ((slot ^ number) == tag_at(table, at, probe->mixed) &&
            number >= WEFT_DICT_FIRST_NUMBER) {
            probe->number = (size_t)number - WEFT_DICT_FIRST_NUMBER;
            probe->candidate = weft_dict_key_at(table, probe->number);
            if (probe->candidate == probe->key ||
                weft_dict_hash_at(table, probe->number) == probe->hash) {
                return true;
            }
        }
    }
}

/* Where the entry's slot is; by who holds the lock. */
static size_t slot_of(const weft_dict_table *table, size_t number) {
    uint64_t mixed = weft_dict_mix(weft_dict_hash_at(table, number));
    uint64_t wanted = number + WEFT_DICT_FIRST_NUMBER;
    size_t at = first_of(table, mixed);
    while ((slot_at(table, at) & table->low) != wanted) {
        at = next_of(table, at);
    }
    return at;
}

void weft_dict_forget(weft_dict_table *table, size_t number) {
    set_slot(table, slot_of(table, number), WEFT_DICT_DUMMY);
}

/* The entry behind the last; and the slot for it, the first empty one. */
static void fill_entry(weft_dict_table *table, size_t number, uint64_t hash, weft_dict_key key,
                       weft_ref *value) {
    unsigned char *entry = weft_dict_entry(table, number);
    if (table->kind == WEFT_DICT_GENERAL) {
        weft_dict_triple *triple = (weft_dict_triple *)entry;
        triple->hash = hash;
        triple->key = key;
    } else {
        *(uint64_t *)entry = key;
    }
    if (table->kind != WEFT_DICT_KEYS) {
        weft_init_ptr(weft_dict_cell(table, number), value);
    }
}

static void fill_slot(weft_dict_table *table, size_t number, uint64_t hash) {
    uint64_t mixed = weft_dict_mix(hash);
    size_t at = first_of(table, mixed);
    while (slot_at(table, at) != 0) {
        at = next_of(table, at);
    }
    set_slot(table, at, tag_at(table, at, mixed) | (number + WEFT_DICT_FIRST_NUMBER));
}

/* The last entry with a value is this one; behind the one that was the last, nothing is left. */
static void note_last(weft_dict_table *table, uint32_t number) {
    uint32_t last = table->of.ends.last;
    if (WEFT_UNLIKELY(number - last >= WEFT_DICT_GAP)) {
        weft_dict_gaps(table)[table->of.ends.gaps++] = (weft_dict_gap){last, number};
    }
    table->of.ends.last = number + 1;
}

void weft_dict_publish_entry(weft_dict_table *table, uint64_t hash, weft_dict_key key,
                             weft_ref *value) {
    uint32_t number = weft_load_relaxed_u32(&table->begun);
    fill_entry(table, number, hash, key, value);
    /* Relaxed, both: the slot's release orders them: who sees the key sees begun risen, and one more live. */
    weft_store_relaxed_u32(&table->begun, number + 1);
    weft_store_relaxed_u32(&table->live, weft_load_relaxed_u32(&table->live) + 1);
    note_last(table, number);
    fill_slot(table, number, hash);
    /* Release: pairs with the acquire of who fills the cache of a miss, or iterates: who sees this sees the slot and the entry. */
    weft_store_release_u32(&table->count, number + 1);
}

void weft_dict_add(weft_dict_table *table, uint64_t hash, weft_dict_key key, weft_ref *value) {
    weft_dict_publish_entry(table, hash, key, value);
}

/* ---- the host's part ----------------------------------------------------------------------------- */

weft_dict_result weft_dict_hash(weft_thread *self, weft_dict_key key, uint64_t *hash) {
    if (WEFT_UNLIKELY(key == 0)) {
        weft_fatal("NULL for a key", "dict", NULL, NULL);
    }
    if (weft_dict_tag_of(key) != 0) {
        *hash = weft_dict_own_hash(key);
        return WEFT_DICT_OK;
    }
    if (hooks.hash == NULL) {
        *hash = key;
        return WEFT_DICT_OK;
    }
    bool done = hooks.hash(self, weft_dict_object_of(key), hash);
    if (weft_ref_is_left_behind(self)) {
        return WEFT_DICT_CLOSED;
    }
    return done ? WEFT_DICT_OK : WEFT_DICT_STOPPED;
}

int weft_dict_ask(weft_thread *self, weft_dict_key candidate, weft_dict_key key) {
    WEFT_DICT_COUNT(asked);
    return hooks.equal == NULL ? 0 : hooks.equal(self, candidate, key);
}

/* ---- copies -------------------------------------------------------------------------------------- */

/* References for a copy of an entry: keys of a shape's dicts are the shape's. */
static void incref_entry(weft_thread *self, weft_dict_key key, weft_ref *value, bool with_key) {
    weft_ref_incref(self, value);
    if (with_key) {
        weft_dict_incref_key(self, key);
    }
}

/* The new table has every entry where the old one has it. */
static void inherit_serial(weft_dict_table *made, weft_dict_table *table) {
    weft_init_u64(&made->serial, weft_dict_serial_of(table));
    made->inherited = 1;
}

/* An entry without a value. */
static void add_dead(weft_dict_table *made, uint32_t number) {
    fill_entry(made, number, 0, 0, NULL);
    weft_init_u32(&made->begun, number + 1);
    weft_init_u32(&made->count, number + 1);
}

weft_dict_table *weft_dict_rebuild(weft_thread *self, weft_dict_table *table, weft_dict_kind kind,
                                   size_t count, bool moves, bool in_place) {
    const weft_dict_table *index = weft_dict_index_of(table);
    weft_dict_table *made = weft_dict_make(kind, count);
    uint32_t begun = weft_load_relaxed_u32(&table->begun);
    if (made != NULL && in_place) {
        inherit_serial(made, table);
    }
    for (uint32_t i = 0; made != NULL && i < begun; i++) {
        weft_ref *value = weft_dict_value_at(table, i);
        if (value == NULL) {
            if (in_place) {
                add_dead(made, i);
            }
            continue;
        }
        weft_dict_key key = weft_dict_key_at(index, i);
        if (!moves) {
            incref_entry(self, key, value, true);
        } else if (index != table) {
            weft_dict_incref_key(self, key);
        }
        weft_dict_add(made, weft_dict_hash_at(index, i), key, value);
    }
    return made;
}

/* Of the same size and layout; whatever the widths of new tables are by now. */
static weft_dict_table *make_alike(const weft_dict_table *table) {
    if (table->kind == WEFT_DICT_SPLIT) {
        return weft_dict_make(WEFT_DICT_SPLIT, table->capacity);
    }
    unsigned bits = 0;
    while ((size_t)1 << bits < slots_of(table)) {
        bits++;
    }
    return make_indexed((weft_dict_kind)table->kind, bits, table->width, table->capacity);
}

weft_dict_table *weft_dict_double(weft_thread *self, weft_dict_table *table, bool moves) {
    weft_dict_table *made = make_alike(table);
    uint32_t begun = weft_load_relaxed_u32(&table->begun);
    bool split = table->kind == WEFT_DICT_SPLIT;
    if (made == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < begun; i++) {
        weft_ref *value = weft_dict_value_at(table, i);
        weft_dict_key key = split ? 0 : weft_dict_key_at(table, i);
        if (value != NULL && !moves) {
            incref_entry(self, key, value, !split);
        }
        if (split) {
            weft_init_ptr(weft_dict_cell(made, i), value);
        } else {
            bool general = table->kind == WEFT_DICT_GENERAL;
            fill_entry(made, i, general ? weft_dict_hash_at(table, i) : 0, key, value);
        }
    }
    for (size_t at = 0; !split && at < slots_of(table); at++) {
        set_slot(made, at, slot_at(table, at));
    }
    weft_init_u32(&made->begun, begun);
    weft_init_u32(&made->count, begun);
    weft_init_u32(&made->live, weft_load_relaxed_u32(&table->live));
    inherit_serial(made, table);
    made->of.ends = table->of.ends;
    if (table->of.ends.gaps != 0) {
        memcpy(weft_dict_gaps(made), weft_dict_gaps(table),
               table->of.ends.gaps * sizeof(weft_dict_gap));
    }
    if (split) {
        made->keys = table->keys;
        weft_ref_incref(self, &made->keys->head);
        weft_init_u64(&made->id, weft_dict_id_of(table));
    }
    return made;
}

/* ---- the end of a table -------------------------------------------------------------------------- */

/* Drops what goes with a table, also without a thread. Where host code comes back to a closed runtime the rest stays held. */
static void drop_all(weft_thread *self, weft_dict_table *table) {
    uint32_t begun = weft_load_relaxed_u32(&table->begun);
    for (size_t i = 0; table->doomed != 0 && i < begun && !weft_ref_is_left_behind(self); i++) {
        weft_ref *value = weft_dict_value_at(table, i);
        if (value == NULL) {
            continue;
        }
        if (table->kind != WEFT_DICT_SPLIT) {
            weft_ref *key = weft_dict_object_of(weft_dict_key_at(table, i));
            if (key != NULL) {
                weft_ref_decref_in_callback(self, key);
            }
        }
        if (!weft_ref_is_left_behind(self)) {
            weft_ref_decref_in_callback(self, value);
        }
    }
    table->doomed = 0;
}

static void drop_shape(weft_thread *self, weft_dict_table *table) {
    if (table->kind == WEFT_DICT_SPLIT) {
        weft_ref_decref_in_callback(self, &table->keys->head);
    }
}

static void free_table(weft_thread *self, weft_qsbr_node *node) {
    weft_dict_table *table = (void *)((unsigned char *)node - offsetof(weft_dict_table, of));
    drop_all(self, table);
    if (!weft_ref_is_left_behind(self)) {
        drop_shape(self, table);
    }
    weft_qsbr_free(table, bytes_of(table), alignment_of(bytes_of(table)));
}

/* What the grace period holds up, for the budgets. */
static size_t retired_bytes(weft_dict_table *table) {
    size_t bytes = bytes_of(table);
    uint32_t begun = weft_load_relaxed_u32(&table->begun);
    for (size_t i = 0; table->doomed != 0 && i < begun; i++) {
        weft_ref *value = weft_dict_value_at(table, i);
        bytes += value == NULL ? 0 : weft_ref_size(value);
    }
    return bytes;
}

/* No dict has it. Readers may, if it was shared; what it still refers to goes after the grace period. Of a closed runtime,
 * never. */
static void bury(weft_thread *self, weft_dict_table *table, bool shared, bool prompt) {
    bool stand_in = weft_ref_slot_of(self)->stand_in; /* the end of a runtime: nobody reads */
    if (prompt || stand_in) {
        drop_all(self, table);
    }
    if (weft_ref_is_left_behind(self)) {
        return;
    }
    if ((shared || table->doomed != 0) && !stand_in) {
        weft_qsbr_retire(self, &table->of.node, free_table, retired_bytes(table));
    } else {
        drop_shape(self, table);
        weft_dict_unmake(table);
    }
}

void weft_dict_scatter(weft_thread *self, weft_dict_table *table) {
    table->doomed = 1;
    drop_all(self, table);
    if (!weft_ref_is_left_behind(self)) {
        drop_shape(self, table);
    }
    weft_dict_unmake(table);
}

void weft_dict_hold(weft_dict_table *table) {
    if (!weft_dict_is_nothing(table)) {
        /* Relaxed: the lock orders it before the table is replaced. */
        weft_fetch_add_relaxed_u32(&table->holders, 1);
    }
}

/* Release: what this holder's readers did is before the last one's retiring. Acquire: if that is this one. */
static bool was_last(weft_dict_table *table) {
    return (weft_fetch_sub_acq_rel_u32(&table->holders, 1) & ~WEFT_DICT_FROZEN) == 1;
}

void weft_dict_unhold(weft_thread *self, weft_dict_table *table, bool shared, bool prompt) {
    if (!weft_dict_is_nothing(table) && was_last(table)) {
        table->doomed = 1;
        bury(self, table, shared, prompt);
    }
}

/* ---- sharing ------------------------------------------------------------------------------------- */

static unsigned char *word_of(const weft_dict *dict) {
    /* Relaxed: under the lock, or nobody else knows the dict. */
    return weft_load_relaxed_ptr(&dict->table);
}

static weft_dict_table *table_in(unsigned char *word) {
    return (void *)(word - ((uintptr_t)word & WEFT_DICT_TAGS));
}

static void share_key(weft_dict_key key) {
    weft_ref *object = weft_dict_object_of(key);
    if (object != NULL) {
        weft_ref_maybe_share(object);
    }
}

void weft_dict_share_items(weft_dict_table *table) {
    uint32_t begun = weft_load_relaxed_u32(&table->begun);
    for (size_t i = 0; i < begun; i++) {
        weft_ref *value = weft_dict_value_at(table, i);
        if (value != NULL) {
            weft_ref_maybe_share(value);
            share_key(weft_dict_key_at(weft_dict_index_of(table), i));
        }
    }
}

void weft_dict_share(weft_dict *dict) {
    unsigned char *word = word_of(dict);
    if (((uintptr_t)word & WEFT_DICT_PRIVATE) == 0) {
        return;
    }
    weft_dict_share_items(table_in(word));
    WEFT_DICT_COUNT(shares);
    /* Release: pairs with the acquire of readers, who find keys and values flagged, and as they are. */
    weft_store_release_ptr(&dict->table, word - WEFT_DICT_PRIVATE);
}

/* ---- a change ------------------------------------------------------------------------------------ */

void weft_dict_enter(weft_thread *self, weft_dict *dict, weft_dict_work *work) {
    work->self = self;
    work->dict = dict;
    work->with_keys = false;
    work->drops = 0;
    work->gone = NULL;
    work->change.version = 0;
    if (((uintptr_t)word_of(dict) & WEFT_DICT_PRIVATE) != 0 && !weft_dict_owned(self, dict)) {
        weft_dict_share(dict);
    }
    unsigned char *word = word_of(dict);
    work->table = table_in(word);
    work->shared = ((uintptr_t)word & WEFT_DICT_PRIVATE) == 0;
    work->prompt = ((uintptr_t)word & WEFT_DICT_PROMPT_TAG) != 0;
    /* Acquire: pairs with the release of who gave up its hold: what it read is read. */
    uint32_t holders = weft_load_acquire_u32(&work->table->holders);
    work->frozen = (holders & WEFT_DICT_FROZEN) != 0 || weft_dict_is_nothing(work->table);
    work->alone = (holders & ~WEFT_DICT_FROZEN) == 1;
    work->told = (weft_load_relaxed_u64(&dict->version) & WEFT_DICT_WATCHED) == 0;
}

bool weft_dict_begin(weft_thread *self, weft_dict *dict, weft_dict_work *work) {
    weft_critical_begin(self, &work->section.section, &dict->head.mutex);
    if (WEFT_UNLIKELY(work->section.section.locked == 0)) {
        weft_critical_end(self, &work->section.section);
        return false;
    }
    weft_dict_enter(self, dict, work);
    return true;
}

bool weft_dict_begin_with(weft_thread *self, weft_dict *dict, weft_dict_keys *keys,
                          weft_dict_work *work) {
    weft_critical2_begin(self, &work->section, &dict->head.mutex, &keys->head.mutex);
    if (WEFT_UNLIKELY(work->section.section.locked == 0)) {
        weft_critical2_end(self, &work->section);
        return false;
    }
    weft_dict_enter(self, dict, work);
    work->with_keys = work->table->kind == WEFT_DICT_SPLIT && work->table->keys == keys;
    return true;
}

void weft_dict_leave(weft_dict_work *work) {
    if (work->change.version != 0) {
        uint64_t watched = weft_load_relaxed_u64(&work->dict->version) & WEFT_DICT_WATCHED;
        /* Release: pairs with the acquire of readers: who sees this version sees the change. */
        weft_store_release_u64(&work->dict->version, work->change.version | watched);
    }
}

/* Host code. */
WEFT_NOINLINE static void settle(weft_dict_work *work) {
    if (!work->told && watcher != NULL && !weft_ref_is_left_behind(work->self)) {
        watcher(work->self, work->dict, &work->change);
    }
    for (unsigned i = 0; i < work->drops && !weft_ref_is_left_behind(work->self); i++) {
        if (work->prompt) {
            weft_ref_decref(work->self, work->dropped[i]);
        } else {
            weft_ref_retire_decref(work->self, work->dropped[i], weft_ref_size(work->dropped[i]));
        }
    }
    if (work->gone != NULL && !weft_ref_is_left_behind(work->self)) {
        bury(work->self, work->gone, work->shared, work->prompt);
    }
}

void weft_dict_settle(weft_dict_work *work) {
    work->told = work->told || work->change.version == 0;
    if (!work->told || work->drops != 0 || work->gone != NULL) {
        settle(work);
    }
}

weft_dict_result weft_dict_end(weft_dict_work *work, weft_dict_result result) {
    weft_dict_leave(work);
    weft_critical_end(work->self, &work->section.section);
    weft_dict_settle(work);
    return result;
}

void weft_dict_will_change(weft_dict_work *work, weft_dict_change_kind kind, weft_dict_key key) {
    if ((kind == WEFT_DICT_ADDED || kind == WEFT_DICT_REMOVED) && work->table->inherited != 0) {
        /* Relaxed: before the store of the change, whose release orders it. */
        weft_store_relaxed_u64(&work->table->serial, WEFT_DICT_NO_ID);
        work->table->inherited = 0;
    }
    uint64_t word = weft_load_relaxed_u64(&work->dict->version);
    uint64_t version = (word & ~WEFT_DICT_WATCHED) + 1;
    work->change = (weft_dict_change){kind, key, version + 1};
    /* Release: pairs with the acquire of readers: who sees this version sees what was before the change. And the
     * stores of the change are releases: who sees one of them sees this. */
    weft_store_release_u64(&work->dict->version, version | (word & WEFT_DICT_WATCHED));
}

void weft_dict_take(weft_dict_work *work, weft_dict_key key, weft_ref *value) {
    if (work->shared) {
        weft_ref_maybe_share(value);
        share_key(key);
    }
    weft_ref_incref(work->self, value);
    weft_dict_incref_key(work->self, key);
}

void weft_dict_drop(weft_dict_work *work, weft_ref *object) {
    /* At once where nobody waits for the lock, and no watcher is to be told first. */
    if (!work->shared && !work->prompt && work->told) {
        weft_ref_retire_decref(work->self, object, weft_ref_size(object));
    } else {
        work->dropped[work->drops++] = object;
    }
}

void weft_dict_replace(weft_dict_work *work, weft_dict_table *table, bool moved) {
    weft_dict_table *old = work->table;
    unsigned char *word = (void *)table;
    WEFT_DICT_COUNT(copies);
    word += (uintptr_t)word_of(work->dict) & WEFT_DICT_TAGS;
    /* Release: pairs with the acquire of readers: what is in the table. */
    weft_store_release_ptr(&work->dict->table, word);
    work->table = table;
    if (weft_dict_is_nothing(old)) {
        return;
    }
    if (!work->alone && !was_last(old)) {
        return;
    }
    old->doomed = !moved || !work->alone ? 1 : 0;
    /* Private ones of a shape drop that now. */
    bool host = work->prompt || (old->kind == WEFT_DICT_SPLIT && !work->shared);
    if (host) {
        work->gone = old;
    } else {
        bury(work->self, old, work->shared, false);
    }
}

/* ---- shapes -------------------------------------------------------------------------------------- */

weft_dict_result weft_dict_keys_init(weft_thread *self, weft_dict_keys *keys, size_t capacity) {
    if (capacity == 0 || capacity > WEFT_DICT_KEYS_MAX) {
        weft_fatal("a shape with room for no key, or too many", "keys", keys, NULL);
    }
    weft_dict_table *table = weft_dict_make(WEFT_DICT_KEYS, capacity);
    if (table == NULL) {
        return WEFT_DICT_NO_MEMORY;
    }
    (void)weft_dict_id_of(table);
    weft_ref_init(self, &keys->head);
    weft_ref_maybe_share(&keys->head);
    keys->table = table;
    return WEFT_DICT_OK;
}

/* Its dicts have gone, each after a grace period: no reader is left. */
void weft_dict_keys_finalize(weft_thread *self, weft_dict_keys *keys) {
    weft_dict_table *table = keys->table;
    uint32_t count = weft_load_relaxed_u32(&table->count);
    for (size_t i = 0; i < count; i++) {
        weft_dict_decref_key(self, weft_dict_key_at(table, i));
    }
    weft_dict_unmake(table);
}

int weft_dict_keys_traverse(weft_dict_keys *keys, int (*visit)(void *argument, weft_ref *object),
                            void *argument) {
    uint32_t count = weft_load_relaxed_u32(&keys->table->count);
    int result = 0;
    for (size_t i = 0; i < count && result >= 0; i++) {
        result = visit(argument, weft_dict_object_of(weft_dict_key_at(keys->table, i)));
    }
    return result;
}

/* ---- a dict's beginning and end, collectors ------------------------------------------------------- */

static void init_with(weft_thread *self, weft_dict *dict, weft_dict_discipline discipline,
                      weft_dict_table *table) {
    unsigned char *word = (void *)table;
    word += WEFT_DICT_PRIVATE + (discipline == WEFT_DICT_PROMPT ? WEFT_DICT_PROMPT_TAG : 0);
    weft_ref_init(self, &dict->head);
    weft_init_ptr(&dict->table, word);
    weft_init_u64(&dict->version, 0);
}

void weft_dict_init(weft_thread *self, weft_dict *dict, weft_dict_discipline discipline,
                    weft_dict_kind kind) {
    if (kind == WEFT_DICT_SPLIT || kind == WEFT_DICT_KEYS) {
        weft_fatal("a dict of this kind is made with a shape", "dict", dict, NULL);
    }
    init_with(self, dict, discipline, weft_dict_nothing(kind));
}

weft_dict_result weft_dict_init_split(weft_thread *self, weft_dict *dict,
                                      weft_dict_discipline discipline, weft_dict_keys *keys) {
    weft_dict_table *table = weft_dict_make(WEFT_DICT_SPLIT, keys->table->capacity);
    if (table == NULL) {
        return WEFT_DICT_NO_MEMORY;
    }
    weft_ref_incref(self, &keys->head);
    table->keys = keys;
    weft_init_u64(&table->id, weft_dict_id_of(keys->table));
    init_with(self, dict, discipline, table);
    return WEFT_DICT_OK;
}

void weft_dict_finalize(weft_thread *self, weft_dict *dict) {
    unsigned char *word = word_of(dict);
    uintptr_t tags = (uintptr_t)word & WEFT_DICT_TAGS;
    weft_dict_table *table = table_in(word);
    unsigned char *empty = (void *)weft_dict_nothing((weft_dict_kind)table->kind);
    if (weft_dict_is_nothing(table)) {
        return;
    }
    /* Relaxed, both: the dict is dead, nobody reads it. */
    weft_store_relaxed_ptr(&dict->table, empty + tags);
    weft_store_relaxed_u64(&dict->version, weft_load_relaxed_u64(&dict->version) + 2);
    weft_dict_unhold(self, table, (tags & WEFT_DICT_PRIVATE) == 0,
                     (tags & WEFT_DICT_PROMPT_TAG) != 0);
}

weft_dict_result weft_dict_traverse(weft_dict *dict, weft_dict_visit visit, void *argument) {
    /* Relaxed, all: the stop has ordered it. */
    weft_dict_table *table = table_in(word_of(dict));
    bool split = table->kind == WEFT_DICT_SPLIT;
    uint32_t begun = weft_load_relaxed_u32(&table->begun);
    int result = split ? visit(argument, &table->keys->head) : 0;
    for (size_t i = 0; i < begun && result >= 0; i++) {
        weft_ref *value = weft_dict_value_at(table, i);
        weft_ref *key = NULL;
        if (value != NULL) {
            key = split ? NULL : weft_dict_object_of(weft_dict_key_at(table, i));
            result = visit(argument, value);
        }
        if (key != NULL && result >= 0) {
            result = visit(argument, key);
        }
    }
    return result < 0 ? WEFT_DICT_STOPPED : WEFT_DICT_OK;
}

bool weft_dict_is_alone(const weft_dict *dict) {
    const weft_dict_table *table = table_in(word_of(dict));
    /* Relaxed: the stop has ordered it. */
    return weft_dict_is_nothing(table) ||
           (weft_load_relaxed_u32(&table->holders) & ~WEFT_DICT_FROZEN) == 1;
}

size_t weft_dict_bytes(const weft_dict *dict) {
    return bytes_of(table_in(word_of(dict))); /* of the one of empty dicts: 0 */
}

weft_dict_kind weft_dict_kind_of(const weft_dict *dict) {
    return (weft_dict_kind)table_in(word_of(dict))->kind;
}

void weft_dict_get_statistics(weft_dict_statistics *statistics) {
#if WEFT_STATISTICS
    statistics->slow_reads = weft_load_relaxed_u64(&weft_dict_counters.slow_reads);
    statistics->locked_reads = weft_load_relaxed_u64(&weft_dict_counters.locked_reads);
    statistics->asked = weft_load_relaxed_u64(&weft_dict_counters.asked);
    statistics->restarts = weft_load_relaxed_u64(&weft_dict_counters.restarts);
    statistics->shares = weft_load_relaxed_u64(&weft_dict_counters.shares);
    statistics->copies = weft_load_relaxed_u64(&weft_dict_counters.copies);
    statistics->thaws = weft_load_relaxed_u64(&weft_dict_counters.thaws);
    statistics->conversions = weft_load_relaxed_u64(&weft_dict_counters.conversions);
    statistics->passed = weft_load_relaxed_u64(&weft_dict_counters.passed);
#else
    *statistics = (weft_dict_statistics){0};
#endif
}
