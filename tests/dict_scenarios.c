#include "dict_scenarios.h"

#include "dict_model.h"
#include "weft_world.h"

#include <stdlib.h>
#include <string.h>

#define IS(self, dict, ...)                                                                        \
    dict_is(self, dict, (const uint32_t[]){__VA_ARGS__},                                           \
            sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

#define BOTH(scenario_name)                                                                        \
    static void scenario_name(void) {                                                              \
        dict_with_both(scenario_name##_in);                                                        \
    }

static bool is_private(const weft_dict *dict) {
    return ((uintptr_t)weft_load_relaxed_ptr(&dict->table) & WEFT_DICT_PRIVATE) != 0;
}

static bool is_flagged(const weft_ref *object) {
    return (weft_load_relaxed_uptr(&object->shared) & WEFT_REF_MAYBE_SHARED) != 0;
}

static weft_dict_table *table_of(weft_thread *self, const weft_dict *dict) {
    return weft_dict_table_of(self, dict);
}

/* Keys 0, 1, ... of a sort. */
static weft_dict *filled(weft_thread *self, weft_dict_discipline discipline, weft_dict_kind kind,
                         sort of, uint32_t count) {
    weft_dict *dict = dict_make(self, discipline, kind);
    for (uint32_t i = 0; i < count; i++) {
        CHECK(dict_put(self, dict, of, i, i + 100) == WEFT_DICT_OK);
    }
    return dict;
}

/* A kind of dict, and a sort of key that fits. */
static const struct {
    weft_dict_kind kind;
    sort of;
} KINDS[] = {
    {WEFT_DICT_SYMBOLS, SORT_SYMBOL}, {WEFT_DICT_IMMEDIATES, SORT_NUMBER},
    {WEFT_DICT_GENERAL, SORT_TEXT},   {WEFT_DICT_GENERAL, SORT_SYMBOL},
    {WEFT_DICT_SPLIT, SORT_SYMBOL},
};
#define KINDS_COUNT (sizeof KINDS / sizeof KINDS[0])

/* ---- one thread ------------------------------------------------------------------------------------ */

static void an_empty_dict_in(weft_thread *self, weft_dict_discipline discipline) {
    for (int kind = 0; kind < 4; kind++) {
        weft_dict *dict = dict_make(self, discipline, (weft_dict_kind)kind);
        weft_dict_key key;
        weft_ref *value = NULL;
        CHECK(dict_is(self, dict, NULL, 0));
        for (int of = 0; of < (int)SORTS; of++) {
            CHECK(dict_at(self, dict, (sort)of, 1) == VALUED_DEAD);
            CHECK(dict_remove(self, dict, (sort)of, 1) == WEFT_DICT_MISSING);
        }
        CHECK(weft_dict_pop(self, dict, weft_dict_of_number(1), &value) == WEFT_DICT_MISSING);
        CHECK(weft_dict_popitem(self, dict, true, &key, &value) == WEFT_DICT_MISSING);
        CHECK(weft_dict_popitem(self, dict, false, &key, &value) == WEFT_DICT_MISSING);
        CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
        CHECK(weft_dict_update(self, dict, dict) == WEFT_DICT_OK);
        CHECK(weft_dict_version(dict) == 0);
        CHECK(weft_dict_is_alone(dict));
        CHECK(kind == WEFT_DICT_SPLIT || weft_dict_bytes(dict) == 0);
        dict_drop(self, dict);
    }
}
BOTH(an_empty_dict)

static void items_come_in_the_order_of_insertion_in(weft_thread *self,
                                                    weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 5);
        CHECK(IS(self, dict, 0, 1, 2, 3, 4));
        CHECK(dict_remove(self, dict, KINDS[i].of, 1) == WEFT_DICT_OK);
        CHECK(dict_put(self, dict, KINDS[i].of, 3, 103) == WEFT_DICT_OK);
        CHECK(IS(self, dict, 0, 2, 3, 4));
        CHECK(dict_put(self, dict, KINDS[i].of, 1, 101) == WEFT_DICT_OK);
        CHECK(IS(self, dict, 0, 2, 3, 4, 1));
        CHECK(dict_at(self, dict, KINDS[i].of, 1) == 101);
        CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
        CHECK(dict_is(self, dict, NULL, 0));
        CHECK(dict_put(self, dict, KINDS[i].of, 7, 107) == WEFT_DICT_OK);
        CHECK(IS(self, dict, 7));
        dict_drop(self, dict);
    }
}
BOTH(items_come_in_the_order_of_insertion)

static void equal_keys_of_different_sorts_in(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict *names = filled(self, discipline, WEFT_DICT_SYMBOLS, SORT_SYMBOL, 4);
    CHECK(dict_at(self, names, SORT_TEXT, 2) == 102);
    CHECK(dict_at(self, names, SORT_REAL, 2) == VALUED_DEAD);
    CHECK(dict_at(self, names, SORT_NUMBER, 2) == VALUED_DEAD);
    CHECK(dict_put(self, names, SORT_TEXT, 2, 202) == WEFT_DICT_OK);
    CHECK(weft_dict_kind_of(names) == WEFT_DICT_SYMBOLS); /* the key that is there stays */
    CHECK(dict_at(self, names, SORT_SYMBOL, 2) == 202);
    CHECK(dict_remove(self, names, SORT_TEXT, 2) == WEFT_DICT_OK);
    CHECK(IS(self, names, 0, 1, 3));
    dict_drop(self, names);
    weft_dict *numbers = filled(self, discipline, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 4);
    CHECK(dict_at(self, numbers, SORT_REAL, 2) == 102);
    CHECK(dict_at(self, numbers, SORT_SYMBOL, 2) == VALUED_DEAD);
    CHECK(dict_put(self, numbers, SORT_REAL, 2, 302) == WEFT_DICT_OK);
    CHECK(weft_dict_kind_of(numbers) == WEFT_DICT_IMMEDIATES);
    CHECK(dict_at(self, numbers, SORT_NUMBER, 2) == 302);
    dict_drop(self, numbers);
}
BOTH(equal_keys_of_different_sorts)

static void conversions_in(weft_thread *self, weft_dict_discipline discipline) {
    static const sort OTHERS[] = {SORT_SYMBOL, SORT_NUMBER, SORT_TEXT, SORT_REAL};
    weft_dict_statistics before;
    weft_dict_statistics after;
    weft_dict_get_statistics(&before);
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        for (size_t o = 0; o < 4; o++) {
            weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 3);
            bool fits = OTHERS[o] == KINDS[i].of || KINDS[i].kind == WEFT_DICT_GENERAL;
            CHECK(dict_put(self, dict, OTHERS[o], 50, 150) == WEFT_DICT_OK);
            CHECK(weft_dict_kind_of(dict) == (fits ? KINDS[i].kind : WEFT_DICT_GENERAL));
            CHECK(IS(self, dict, 0, 1, 2, 50));
            CHECK(dict_at(self, dict, OTHERS[o], 50) == 150);
            CHECK(dict_at(self, dict, KINDS[i].of, 2) == 102);
            CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
            CHECK(dict_put(self, dict, SORT_SYMBOL, 1, 101) == WEFT_DICT_OK);
            CHECK(IS(self, dict, 1));
            dict_drop(self, dict);
        }
    }
    weft_dict_get_statistics(&after);
    CHECK(!WEFT_STATISTICS || after.conversions > before.conversions);
    weft_dict *empty = dict_make(self, discipline, WEFT_DICT_SYMBOLS);
    CHECK(dict_put(self, empty, SORT_NUMBER, 1, 101) == WEFT_DICT_OK);
    CHECK(weft_dict_kind_of(empty) == WEFT_DICT_IMMEDIATES);
    dict_drop(self, empty);
}
BOTH(conversions)

/* ---- split dicts ----------------------------------------------------------------------------------- */

static void dicts_of_a_shape_share_keys_in(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict_keys *shape = dict_shape(self, 6);
    weft_dict *first = dict_of_shape(self, discipline, shape);
    weft_dict *second = dict_of_shape(self, discipline, shape);
    weft_dict_cache cache;
    for (uint32_t i = 0; i < 4; i++) {
        CHECK(dict_put(self, first, SORT_SYMBOL, i, i + 100) == WEFT_DICT_OK);
    }
    CHECK(dict_put(self, second, SORT_SYMBOL, 0, 200) == WEFT_DICT_OK);
    CHECK(dict_put(self, second, SORT_SYMBOL, 2, 202) == WEFT_DICT_OK);
    CHECK(weft_dict_kind_of(first) == WEFT_DICT_SPLIT);
    CHECK(weft_dict_kind_of(second) == WEFT_DICT_SPLIT);
    CHECK(weft_load_relaxed_u32(&shape->table->count) == 4);
    /* One cache serves both. */
    weft_dict_key key = dict_key(self, SORT_SYMBOL, 2);
    CHECK(weft_dict_cache_fill(self, first, key, &cache));
    weft_ref *value = weft_dict_cached_get(self, second, &cache);
    CHECK(value != NULL && valued_number(value) == 202);
    weft_ref_decref(self, value);
    dict_key_drop(self, key);
    /* What is missing behind all that is there may be cached, but not what is missing between. */
    key = dict_key(self, SORT_SYMBOL, 3);
    CHECK(weft_dict_cache_fill(self, second, key, &cache));
    CHECK(weft_dict_cached_miss(self, second, &cache));
    CHECK(!weft_dict_cached_miss(self, first, &cache));
    dict_key_drop(self, key);
    key = dict_key(self, SORT_SYMBOL, 1);
    CHECK(!weft_dict_cache_fill(self, second, key, &cache));
    dict_key_drop(self, key);
    dict_drop(self, first);
    weft_ref_decref(self, &shape->head);
    CHECK(dict_at(self, second, SORT_SYMBOL, 2) == 202);
    dict_drop(self, second);
}
BOTH(dicts_of_a_shape_share_keys)

static void departures_from_the_shape_in(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict_keys *shape = dict_shape(self, 3);
    for (int way = 0; way < 4; way++) {
        weft_dict *first = dict_of_shape(self, discipline, shape);
        weft_dict *dict = dict_of_shape(self, discipline, shape);
        for (uint32_t i = 0; i < 3; i++) {
            CHECK(dict_put(self, first, SORT_SYMBOL, i, i + 100) == WEFT_DICT_OK);
        }
        CHECK(dict_put(self, dict, SORT_SYMBOL, 1, 101) == WEFT_DICT_OK);
        CHECK(weft_dict_kind_of(dict) == WEFT_DICT_SPLIT);
        if (way == 0) { /* another order */
            CHECK(dict_put(self, dict, SORT_SYMBOL, 0, 100) == WEFT_DICT_OK);
            CHECK(IS(self, dict, 1, 0));
        } else if (way == 1) { /* no room in the shape */
            CHECK(dict_put(self, dict, SORT_SYMBOL, 9, 109) == WEFT_DICT_OK);
            CHECK(IS(self, dict, 1, 9));
        } else if (way == 2) { /* put back */
            CHECK(dict_remove(self, dict, SORT_SYMBOL, 1) == WEFT_DICT_OK);
            CHECK(dict_put(self, dict, SORT_SYMBOL, 1, 101) == WEFT_DICT_OK);
            CHECK(IS(self, dict, 1));
        } else { /* room */
            CHECK(weft_dict_reserve(self, dict, 20) == WEFT_DICT_OK);
            CHECK(IS(self, dict, 1));
        }
        CHECK(weft_dict_kind_of(dict) == WEFT_DICT_SYMBOLS);
        CHECK(weft_dict_kind_of(first) == WEFT_DICT_SPLIT);
        CHECK(IS(self, first, 0, 1, 2));
        dict_drop(self, first);
        dict_drop(self, dict);
    }
    weft_ref_decref(self, &shape->head);
}
BOTH(departures_from_the_shape)

/* ---- sizes, collisions ------------------------------------------------------------------------------ */

static void all_widths_in(weft_thread *self, weft_dict_discipline discipline) {
    static const weft_dict_kind KINDS_WITH_INDEX[] = {WEFT_DICT_SYMBOLS, WEFT_DICT_IMMEDIATES,
                                                      WEFT_DICT_GENERAL};
    static const sort FITS[] = {SORT_SYMBOL, SORT_NUMBER, SORT_TEXT};
    enum { MANY = 4000 };
    for (size_t k = 0; k < 6; k++) {
        bool narrow = k >= 3;
        weft_dict_set_widths(narrow ? 4 : WEFT_DICT_BITS_16, narrow ? 6 : WEFT_DICT_BITS_32);
        weft_dict *dict = dict_make(self, discipline, KINDS_WITH_INDEX[k % 3]);
        unsigned widths = 0;
        for (uint32_t i = 0; i < MANY; i++) {
            CHECK(dict_put(self, dict, FITS[k % 3], i, i) == WEFT_DICT_OK);
            widths |= 1U << table_of(self, dict)->width;
            if (i % 256 == 255) {
                (void)weft_thread_safepoint(self);
            }
        }
        CHECK(widths == (narrow ? 14 : 6)); /* 16 and 32 bits, and 64 */
        for (uint32_t i = 0; i < MANY; i += 3) {
            CHECK(dict_remove(self, dict, FITS[k % 3], i) == WEFT_DICT_OK);
        }
        for (uint32_t i = 0; i < MANY; i++) {
            CHECK(dict_at(self, dict, FITS[k % 3], i) == (i % 3 == 0 ? VALUED_DEAD : i));
        }
        CHECK(weft_dict_len(self, dict) == MANY - (MANY + 2) / 3);
        dict_drop(self, dict);
        (void)weft_thread_safepoint(self);
    }
    weft_dict_set_widths(WEFT_DICT_BITS_16, WEFT_DICT_BITS_32);
}
BOTH(all_widths)

static void collisions_in(weft_thread *self, weft_dict_discipline discipline) {
    enum { MANY = 60 };
    for (uint64_t modulus = 1; modulus < 4; modulus++) {
        dict_collide(self, modulus);
        for (int of = 0; of < 2; of++) {
            weft_dict *dict = dict_make(self, discipline, WEFT_DICT_GENERAL);
            for (uint32_t i = 0; i < MANY; i++) {
                CHECK(dict_put(self, dict, SORT_TEXT, i, i) == WEFT_DICT_OK);
                CHECK(dict_put(self, dict, SORT_TEXT, i / 2, i / 2) == WEFT_DICT_OK);
            }
            for (uint32_t i = 0; i < MANY; i += 2) {
                CHECK(dict_remove(self, dict, SORT_TEXT, i) == WEFT_DICT_OK);
            }
            for (uint32_t i = 0; i < MANY; i++) {
                CHECK(dict_at(self, dict, SORT_TEXT, i) == (i % 2 == 0 ? VALUED_DEAD : i));
            }
            dict_drop(self, dict);
        }
    }
}
BOTH(collisions)

/* ---- how hashes are spread -------------------------------------------------------------------------- */

/* The n-th number of a family, as programs have them: all of one distance, a power of two; doubles, by their bits, that are whole or
 * tenths; two counters, in two parts of a number. */
#define DISTANCES 63U
#define FAMILIES (DISTANCES + 4U)
static uint64_t member(unsigned family, uint32_t n) {
    double real = family == DISTANCES ? (double)n + 1 : ((double)n + 1) / 10;
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    switch (family) {
    case DISTANCES:
    case DISTANCES + 1:
        return bits;
    case DISTANCES + 2:
        return (uint64_t)(n % 32) << 40 | (uint64_t)(n / 32) << 8;
    case DISTANCES + 3:
        return n % 32 | (uint64_t)(n / 32) << 32;
    default:
        return (uint64_t)n << family;
    }
}

static uint64_t index_slot(const weft_dict_table *table, size_t at) {
    switch (table->width) {
    case 1:
        return weft_load_relaxed_u64((const weft_atomic_u64 *)(table + 1) + at / 4) >> at % 4 * 16 &
               UINT16_MAX;
    case 2:
        return weft_load_relaxed_u32((const weft_atomic_u32 *)(table + 1) + at);
    default:
        return weft_load_relaxed_u64((const weft_atomic_u64 *)(table + 1) + at);
    }
}

/* Slots that the look-up of an entry's key visits. */
static size_t visited(const weft_dict_table *table, size_t number, uint64_t key) {
    size_t in_word = table->width == 1 ? 4 : 1;
    size_t slots = ((size_t)table->mask + 1) * in_word;
    size_t at = (size_t)(weft_dict_mix(key) & table->mask) * in_word;
    size_t count = 1;
    while ((index_slot(table, at) & table->low) != number + WEFT_DICT_FIRST_NUMBER) {
        CHECK(index_slot(table, at) != 0);
        at = (at + 1) & (slots - 1);
        count++;
    }
    return count;
}

/* Whatever the bits in which numbers differ: what a look-up visits is what chance would have it visit, two slots or so, or three where
 * chance is bad. By a multiplication whose upper half is lost it was hundreds in each table, for more than thirty of the families. */
static void hashes_are_spread_in(weft_thread *self, weft_dict_discipline discipline) {
    static const uint32_t COUNTS[] = {40, 700, 1600}; /* 16 bits, the same, 32 bits */
    weft_ref *value = valued_make(self, 1);
    for (size_t size = 0; size < sizeof COUNTS / sizeof COUNTS[0]; size++) {
        for (unsigned family = 0; family < FAMILIES; family++) {
            uint32_t count = COUNTS[size];
            while (family < DISTANCES && count - 1 > (UINT64_MAX >> 1) >> family) {
                count /= 2; /* so many different ones there are */
            }
            weft_dict *dict = dict_make(self, discipline, WEFT_DICT_IMMEDIATES);
            CHECK(weft_dict_reserve(self, dict, COUNTS[size]) == WEFT_DICT_OK);
            size_t all = 0;
            for (uint32_t n = 0; n < count; n++) {
                weft_dict_key key = weft_dict_of_number(member(family, n));
                CHECK(weft_dict_set(self, dict, key, value) == WEFT_DICT_OK);
                all += visited(table_of(self, dict), n, key);
            }
            CHECK(weft_dict_len(self, dict) == count);
            CHECK(table_of(self, dict)->width == (size == 2 ? 2 : 1));
            CHECK(all <= (size_t)count * 3);
            dict_drop(self, dict);
            (void)weft_thread_safepoint(self);
        }
    }
    weft_ref_decref(self, value);
}
BOTH(hashes_are_spread)

/* Machines without integers of 128 bits spread hashes as others do: the same, so that what is measured and tested here is theirs, too. */
static void hashes_are_spread_by_halves_as_well(void) {
    uint64_t random = 11;
    for (unsigned i = 0; i < 64 * 64; i++) {
        uint64_t hash = (UINT64_C(1) << i / 64) - (UINT64_C(1) << i % 64);
        CHECK(weft_dict_mix_by_halves(hash) == weft_dict_mix(hash));
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        CHECK(weft_dict_mix_by_halves(random) == weft_dict_mix(random));
    }
    /* The halves of the product, by hand: 2 ^ 64 - 1 times the factor is (factor - 1) * 2 ^ 64 + (2 ^ 64 - factor). */
    CHECK(weft_dict_mix(UINT64_MAX) == ((WEFT_DICT_SPREAD - 1) ^ (0 - WEFT_DICT_SPREAD)));
    CHECK(weft_dict_mix(UINT64_C(1) << 32) == (WEFT_DICT_SPREAD << 32 ^ WEFT_DICT_SPREAD >> 32));
}

static void bytes_per_entry(void) {
    weft_thread *self = dict_begin();
    weft_ref *value = valued_make(self, 1);
    CHECK(sizeof(weft_dict) - sizeof(weft_ref) <= 16);
    for (size_t size = 1000; size <= (size_t)1 << 16; size *= 2) {
        weft_dict *dict = dict_make(self, WEFT_DICT_DEFERRED, WEFT_DICT_IMMEDIATES);
        CHECK(weft_dict_reserve(self, dict, size) == WEFT_DICT_OK);
        size_t room = table_of(self, dict)->capacity; /* full load; pairs are alike for symbols */
        CHECK(weft_dict_bytes(dict) <= room * 22);
        dict_drop(self, dict);
    }
    weft_ref_decref(self, value);
    CHECK(dict_objects(self) == 0);
    dict_end(self);
}

/* ---- references -------------------------------------------------------------------------------------- */

static uint32_t died;
static void counts_deaths(weft_thread *self, weft_ref *value) {
    (void)self;
    (void)value;
    died++;
}

static void prompt_dicts_drop_at_once(void) {
    weft_thread *self = dict_begin();
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        weft_dict *dict = filled(self, WEFT_DICT_PROMPT, KINDS[i].kind, KINDS[i].of, 5);
        dict_on_dealloc = counts_deaths;
        died = 0;
        CHECK(dict_put(self, dict, KINDS[i].of, 0, 1) == WEFT_DICT_OK && died == 1);
        CHECK(dict_remove(self, dict, KINDS[i].of, 1) == WEFT_DICT_OK && died == 2);
        CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK && died == 6);
        CHECK(dict_put(self, dict, KINDS[i].of, 0, 1) == WEFT_DICT_OK && died == 6);
        dict_drop(self, dict);
        CHECK(died == 7);
        dict_on_dealloc = NULL;
    }
    CHECK(dict_objects(self) == 0);
    dict_end(self);
}

/* What a reader of a PROMPT dict has seen is not kept if it was taken out before it was counted, or the table was replaced, though the
 * value lives: whoever has it may have found it unique. */
static void what_was_taken_out_is_not_kept(void) {
    weft_thread *self = dict_begin();
    for (int replaces = 0; replaces < 2; replaces++) {
        weft_dict *dict = dict_make(self, WEFT_DICT_PROMPT, WEFT_DICT_IMMEDIATES);
        weft_ref *value = valued_make(self, 101);
        weft_dict_key key = weft_dict_of_number(1);
        weft_dict_sight seen;
        weft_ref *popped = NULL;
        CHECK(weft_dict_set_shared(self, dict) == WEFT_DICT_OK);
        CHECK(weft_dict_set(self, dict, key, value) == WEFT_DICT_OK);
        CHECK(weft_dict_look(self, dict, key, false, &seen) && seen.value == value);
        CHECK(weft_dict_keep(self, dict, &seen));
        weft_ref_decref(self, value);
        weft_qsbr_no_quiesce_begin(self); /* what was seen stays readable */
        if (replaces != 0) {
            CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
            CHECK(weft_load_relaxed_ptr(seen.cell) == value);
        } else {
            CHECK(weft_dict_pop(self, dict, key, &popped) == WEFT_DICT_OK && popped == value);
            weft_ref_decref(self, popped);
        }
        CHECK(weft_ref_unique(self, value) != WEFT_REF_NOT_UNIQUE);
        CHECK(!weft_dict_keep(self, dict, &seen));
        CHECK(weft_ref_unique(self, value) != WEFT_REF_NOT_UNIQUE);
        weft_qsbr_no_quiesce_end(self);
        weft_ref_decref(self, value);
        dict_drop(self, dict);
    }
    CHECK(dict_objects(self) == 0);
    dict_end(self);
}

static void deferred_dicts_drop_after_a_grace_period(void) {
    weft_thread *self = dict_begin();
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        weft_dict *dict = filled(self, WEFT_DICT_DEFERRED, KINDS[i].kind, KINDS[i].of, 5);
        weft_dict_key key = dict_key(self, KINDS[i].of, 1);
        weft_ref *borrowed = NULL;
        dict_on_dealloc = counts_deaths;
        died = 0;
        if (KINDS[i].of != SORT_TEXT) { /* host code might end the borrow */
            borrowed = weft_dict_borrow(self, dict, key);
            CHECK(valued_number(borrowed) == 101);
        }
        weft_qsbr_no_quiesce_begin(self);
        CHECK(weft_dict_delete(self, dict, key) == WEFT_DICT_OK);
        CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
        CHECK(died == 0);
        CHECK(borrowed == NULL || valued_number(borrowed) == 101);
        weft_qsbr_no_quiesce_end(self);
        dict_key_drop(self, key);
        (void)dict_objects(self);
        CHECK(died == 5);
        dict_drop(self, dict);
        dict_on_dealloc = NULL;
    }
    CHECK(dict_objects(self) == 0);
    dict_end(self);
}

static void pop_and_set_default_give_references_in(weft_thread *self,
                                                   weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 3);
        weft_dict_key key = dict_key(self, KINDS[i].of, 1);
        weft_ref *value;
        weft_ref *now;
        bool there;
        CHECK(weft_dict_pop(self, dict, key, &value) == WEFT_DICT_OK);
        CHECK(valued_number(value) == 101);
        CHECK(weft_dict_set_default(self, dict, key, value, &now, &there) == WEFT_DICT_OK);
        CHECK(now == value && !there);
        weft_ref *other = valued_make(self, 7);
        weft_ref_decref(self, now);
        CHECK(weft_dict_set_default(self, dict, key, other, &now, &there) == WEFT_DICT_OK);
        CHECK(now == value && there);
        weft_ref_decref(self, now);
        weft_ref_decref(self, other);
        weft_ref_decref(self, value);
        CHECK(IS(self, dict, 0, 2, 1));
        dict_key_drop(self, key);
        dict_drop(self, dict);
    }
}
BOTH(pop_and_set_default_give_references)

/* ---- popitem --------------------------------------------------------------------------------------- */

static uint32_t pop_end(weft_thread *self, weft_dict *dict, bool last) {
    weft_dict_key key;
    weft_ref *value;
    CHECK(weft_dict_popitem(self, dict, last, &key, &value) == WEFT_DICT_OK);
    uint32_t number = dict_key_number(key);
    CHECK(valued_number(value) == number + 100);
    weft_ref_decref(self, value);
    dict_key_drop(self, key);
    return number;
}

/* Popping the last item does not lower the counters: its entry is not used again, so that a reader of one key cannot meet
 * another's value. */
static void popitem_leaves_its_entry_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 4);
        uint32_t begun = weft_load_relaxed_u32(&table_of(self, dict)->begun);
        CHECK(pop_end(self, dict, true) == 3);
        CHECK(weft_load_relaxed_u32(&table_of(self, dict)->begun) == begun);
        CHECK(weft_load_relaxed_u32(&table_of(self, dict)->count) == begun);
        CHECK(pop_end(self, dict, false) == 0);
        CHECK(dict_put(self, dict, KINDS[i].of, 4, 104) == WEFT_DICT_OK);
        CHECK(weft_load_relaxed_u32(&table_of(self, dict)->begun) == begun + 1);
        CHECK(IS(self, dict, 1, 2, 4));
        CHECK(pop_end(self, dict, true) == 4);
        CHECK(pop_end(self, dict, true) == 2);
        CHECK(pop_end(self, dict, true) == 1);
        CHECK(dict_is(self, dict, NULL, 0));
        dict_drop(self, dict);
    }
}
BOTH(popitem_leaves_its_entry)

static uint64_t passed(void) {
    weft_dict_statistics now;
    weft_dict_get_statistics(&now);
    return now.passed;
}

/* `count` items put and popped again, from `next` on: dead entries behind the last item. */
static void leave_dead(weft_thread *self, weft_dict *dict, uint32_t next, uint32_t count) {
    for (uint32_t i = next; i < next + count; i++) {
        CHECK(dict_put(self, dict, SORT_NUMBER, i, i + 100) == WEFT_DICT_OK);
    }
    for (uint32_t i = next + count; i > next; i--) {
        CHECK(pop_end(self, dict, true) == i - 1);
    }
}

/* Whoever pops behind a gap, puts, and pops again, does not walk through it each time; nor if there is a longer gap elsewhere. */
static void popitem_passes_gaps_once_in(weft_thread *self, weft_dict_discipline discipline) {
    enum { LONG = 1500, ITEMS = 400, GAP = 1000, FROM = 1 + LONG, BEHIND = FROM + ITEMS + GAP };
    for (int thaw = 0; thaw < 2; thaw++) {
        weft_dict *dict = filled(self, discipline, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 1);
        weft_dict *snapshot = dict_make(self, discipline, WEFT_DICT_IMMEDIATES);
        CHECK(weft_dict_reserve(self, dict, BEHIND + ITEMS) == WEFT_DICT_OK);
        leave_dead(self, dict, 1, LONG);
        for (uint32_t i = FROM; i < FROM + ITEMS; i++) {
            CHECK(dict_put(self, dict, SORT_NUMBER, i, i + 100) == WEFT_DICT_OK);
        }
        leave_dead(self, dict, FROM + ITEMS, GAP);
        weft_dict_table *table = table_of(self, dict);
        uint64_t before = passed();
        for (uint32_t i = 0; i < ITEMS; i++) {
            CHECK(dict_put(self, dict, SORT_NUMBER, BEHIND + i, BEHIND + i + 100) == WEFT_DICT_OK);
            if (thaw != 0 && i % 64 == 0) { /* copies have the gaps, too */
                table = table_of(self, dict);
                CHECK(weft_dict_snapshot(self, dict, snapshot) == WEFT_DICT_OK);
                CHECK(weft_dict_clear(self, snapshot) == WEFT_DICT_OK);
            }
            CHECK(pop_end(self, dict, true) == BEHIND + i);
            CHECK(pop_end(self, dict, true) == FROM + ITEMS - 1 - i);
            (void)weft_thread_safepoint(self);
        }
        CHECK((table_of(self, dict) == table) == (thaw == 0));
        CHECK(passed() - before <= GAP + (uint64_t)ITEMS * 2);
        CHECK(pop_end(self, dict, true) == 0);
        CHECK(dict_is(self, dict, NULL, 0));
        dict_drop(self, snapshot);
        dict_drop(self, dict);
    }
}
BOTH(popitem_passes_gaps_once)

/* Bursts of insertions and of pops at both ends, and deletions in the middle, beside an array. */
static void popitem_at_random_in(weft_thread *self, weft_dict_discipline discipline) {
    enum { KEYS = 6000 };
    static bool there[KEYS];
    uint64_t random = 4711;
    uint64_t operations = 0;
    uint64_t before = passed();
    uint32_t low = 0;
    uint32_t high = 0;
    weft_dict *dict = dict_make(self, discipline, WEFT_DICT_IMMEDIATES);
    CHECK(weft_dict_reserve(self, dict, KEYS) == WEFT_DICT_OK);
    while (high < KEYS) {
        uint64_t drawn = scenario_random(&random) >> 33;
        uint32_t burst = (uint32_t)(drawn >> 4) % ((drawn & 15) == 0 ? 300 : 12) + 1;
        for (; burst != 0 && high < KEYS; burst--, operations++) {
            if (drawn % 16 < 9) {
                CHECK(dict_put(self, dict, SORT_NUMBER, high, high + 100) == WEFT_DICT_OK);
                there[high++] = true;
            } else if (weft_dict_len(self, dict) == 0) {
                break;
            } else if (drawn % 16 < 14) {
                uint32_t last = pop_end(self, dict, true);
                for (uint32_t i = high; i > last + 1; i--) {
                    CHECK(!there[i - 1]);
                }
                CHECK(there[last]);
                there[last] = false;
            } else if (drawn % 16 < 15) {
                uint32_t first = pop_end(self, dict, false);
                for (; low < first; low++) {
                    CHECK(!there[low]);
                }
                CHECK(there[first]);
                there[first] = false;
            } else {
                uint32_t key = (uint32_t)(scenario_random(&random) >> 33) % high;
                CHECK(dict_remove(self, dict, SORT_NUMBER, key) ==
                      (there[key] ? WEFT_DICT_OK : WEFT_DICT_MISSING));
                there[key] = false;
            }
        }
    }
    CHECK(passed() - before <= operations * WEFT_DICT_GAP);
    dict_drop(self, dict);
}
BOTH(popitem_at_random)

/* ---- snapshots ------------------------------------------------------------------------------------- */

static uint64_t thaws(void) {
    weft_dict_statistics now;
    weft_dict_get_statistics(&now);
    return now.thaws;
}

static void snapshots_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 3);
        weft_dict *first = dict_make(self, discipline, WEFT_DICT_GENERAL);
        weft_dict *second = dict_make(self, discipline, WEFT_DICT_GENERAL);
        CHECK(weft_dict_snapshot(self, dict, first) == WEFT_DICT_OK);
        CHECK(table_of(self, dict) == table_of(self, first));
        CHECK(!weft_dict_is_alone(dict));
        CHECK(weft_dict_snapshot(self, first, second) == WEFT_DICT_OK);
        CHECK(dict_put(self, dict, KINDS[i].of, 0, 200) == WEFT_DICT_OK);
        CHECK(dict_remove(self, dict, KINDS[i].of, 1) == WEFT_DICT_OK);
        CHECK(dict_put(self, first, KINDS[i].of, 5, 105) == WEFT_DICT_OK);
        CHECK(dict_at(self, dict, KINDS[i].of, 0) == 200);
        CHECK(IS(self, first, 0, 1, 2, 5));
        CHECK(IS(self, second, 0, 1, 2));
        CHECK(weft_dict_is_alone(second));
        dict_drop(self, dict);
        dict_drop(self, first);
        CHECK(IS(self, second, 0, 1, 2));
        dict_drop(self, second);
    }
}
BOTH(snapshots)

/* A table that was shared once is never written again, also when its snapshots have gone: a reader of one may still be there. */
static void snapshot_thaw_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        for (int change = 0; change < 4; change++) {
            weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 4);
            weft_dict *snapshot = dict_make(self, discipline, WEFT_DICT_GENERAL);
            CHECK(weft_dict_snapshot(self, dict, snapshot) == WEFT_DICT_OK);
            dict_drop(self, snapshot);
            (void)dict_objects(self);
            weft_dict_table *frozen = table_of(self, dict);
            const uint64_t before = thaws();
            (void)before;                     /* read if there are statistics */
            weft_qsbr_no_quiesce_begin(self); /* the old table stays readable */
            if (change == 0) {
                CHECK(dict_put(self, dict, KINDS[i].of, 1, 201) == WEFT_DICT_OK);
            } else if (change == 1) {
                CHECK(dict_put(self, dict, KINDS[i].of, 5, 105) == WEFT_DICT_OK);
            } else if (change == 2) {
                CHECK(dict_remove(self, dict, KINDS[i].of, 1) == WEFT_DICT_OK);
            } else {
                CHECK(pop_end(self, dict, true) == 3);
            }
            CHECK(table_of(self, dict) != frozen);
            CHECK(weft_load_relaxed_u32(&frozen->begun) == 4);
            CHECK(weft_load_relaxed_u32(&frozen->live) == 4);
            weft_qsbr_no_quiesce_end(self);
            CHECK(!WEFT_STATISTICS || thaws() == before + 1);
            /* And its copy is written in place. */
            weft_dict_table *thawed = table_of(self, dict);
            CHECK(dict_put(self, dict, KINDS[i].of, 2, 202) == WEFT_DICT_OK);
            CHECK(table_of(self, dict) == thawed);
            dict_drop(self, dict);
        }
    }
}
BOTH(snapshot_thaw)

/* A copy of a frozen table has its layout, also if tables are made with another one by now. */
static void a_thawed_table_keeps_its_widths_in(weft_thread *self, weft_dict_discipline discipline) {
    for (unsigned bits = 3; bits <= WEFT_DICT_BITS_16; bits += 3) {
        weft_dict *dict = filled(self, discipline, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 200);
        weft_dict *snapshot = dict_make(self, discipline, WEFT_DICT_IMMEDIATES);
        CHECK(weft_dict_snapshot(self, dict, snapshot) == WEFT_DICT_OK);
        weft_dict_table *before = table_of(self, snapshot);
        weft_dict_set_widths(bits, bits + 1);
        CHECK(dict_put(self, dict, SORT_NUMBER, 7, 207) == WEFT_DICT_OK);
        CHECK(table_of(self, dict) != before);
        CHECK(table_of(self, dict)->mask == before->mask);
        CHECK(table_of(self, dict)->width == before->width);
        weft_dict_set_widths(WEFT_DICT_BITS_16, WEFT_DICT_BITS_32);
        for (uint32_t i = 0; i < 300; i++) {
            CHECK(dict_at(self, snapshot, SORT_NUMBER, i) == (i < 200 ? i + 100 : VALUED_DEAD));
            CHECK(i == 7 ||
                  dict_at(self, dict, SORT_NUMBER, i) == (i < 200 ? i + 100 : VALUED_DEAD));
        }
        dict_drop(self, snapshot);
        dict_drop(self, dict);
    }
}
BOTH(a_thawed_table_keeps_its_widths)

static void copies_and_updates_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 4);
        weft_dict *other = filled(self, discipline, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 2);
        CHECK(dict_remove(self, dict, KINDS[i].of, 1) == WEFT_DICT_OK);
        CHECK(weft_dict_copy(self, dict, other) == WEFT_DICT_OK);
        CHECK(IS(self, other, 0, 2, 3));
        CHECK(weft_dict_is_alone(other) && weft_dict_is_alone(dict));
        CHECK(dict_put(self, other, KINDS[i].of, 9, 109) == WEFT_DICT_OK);
        CHECK(dict_put(self, other, KINDS[i].of, 2, 202) == WEFT_DICT_OK);
        CHECK(weft_dict_update(self, dict, other) == WEFT_DICT_OK);
        CHECK(dict_at(self, dict, KINDS[i].of, 2) == 202);
        CHECK(dict_at(self, dict, KINDS[i].of, 9) == 109);
        CHECK(weft_dict_len(self, dict) == 4);
        CHECK(weft_dict_copy(self, dict, dict) == WEFT_DICT_OK);
        CHECK(weft_dict_len(self, dict) == 4);
        CHECK(weft_dict_clear(self, other) == WEFT_DICT_OK);
        CHECK(weft_dict_copy(self, other, dict) == WEFT_DICT_OK);
        CHECK(weft_dict_len(self, dict) == 0);
        dict_drop(self, other);
        dict_drop(self, dict);
    }
}
BOTH(copies_and_updates)

/* ---- iteration ------------------------------------------------------------------------------------- */

static weft_dict_result next_number(weft_thread *self, weft_dict_iterator *iterator,
                                    uint32_t *number) {
    weft_dict_key key;
    weft_ref *value;
    weft_dict_result result = weft_dict_next(self, iterator, &key, &value);
    *number = VALUED_DEAD;
    if (result == WEFT_DICT_OK) {
        *number = dict_key_number(key);
        weft_ref_decref(self, value);
        dict_key_drop(self, key);
    }
    return result;
}

static void iteration_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 3);
        weft_dict_iterator strict;
        weft_dict_iterator weak;
        uint32_t number;
        CHECK(weft_dict_iterate(self, dict, true, &strict) == WEFT_DICT_OK);
        CHECK(weft_dict_iterate(self, dict, false, &weak) == WEFT_DICT_OK);
        CHECK(next_number(self, &strict, &number) == WEFT_DICT_OK && number == 0);
        CHECK(next_number(self, &weak, &number) == WEFT_DICT_OK && number == 0);
        CHECK(dict_put(self, dict, KINDS[i].of, 1, 200) == WEFT_DICT_OK); /* a value may change */
        CHECK(next_number(self, &strict, &number) == WEFT_DICT_OK && number == 1);
        CHECK(dict_put(self, dict, KINDS[i].of, 5, 105) == WEFT_DICT_OK);
        CHECK(next_number(self, &strict, &number) == WEFT_DICT_CHANGED);
        CHECK(next_number(self, &strict, &number) == WEFT_DICT_MISSING); /* over */
        CHECK(next_number(self, &weak, &number) == WEFT_DICT_OK && number == 1);
        /* The table is replaced: the walk goes on in the old one. */
        CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
        CHECK(next_number(self, &weak, &number) == WEFT_DICT_OK && number == 2);
        CHECK(next_number(self, &weak, &number) == WEFT_DICT_OK && number == 5);
        CHECK(next_number(self, &weak, &number) == WEFT_DICT_MISSING);
        CHECK(next_number(self, &weak, &number) == WEFT_DICT_MISSING);
        CHECK(weft_dict_iterate(self, dict, false, &weak) == WEFT_DICT_OK);
        weft_dict_iterate_end(self, &weak);
        weft_dict_iterate_end(self, &weak);
        dict_drop(self, dict);
    }
}
BOTH(iteration)

static void strict_iteration_notices_a_change_and_back_in(weft_thread *self,
                                                          weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        for (int change = 0; change < 4; change++) {
            weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 3);
            weft_dict *snapshot = dict_make(self, discipline, WEFT_DICT_GENERAL);
            weft_dict_iterator strict;
            uint32_t number;
            CHECK(weft_dict_snapshot(self, dict, snapshot) == WEFT_DICT_OK);
            CHECK(weft_dict_iterate(self, dict, true, &strict) == WEFT_DICT_OK);
            CHECK(next_number(self, &strict, &number) == WEFT_DICT_OK);
            if (change == 0) {
                CHECK(dict_put(self, dict, KINDS[i].of, 5, 105) == WEFT_DICT_OK);
                CHECK(dict_remove(self, dict, KINDS[i].of, 5) == WEFT_DICT_OK);
            } else if (change == 1) {
                CHECK(dict_remove(self, dict, KINDS[i].of, 1) == WEFT_DICT_OK);
                CHECK(dict_put(self, dict, KINDS[i].of, 1, 101) == WEFT_DICT_OK);
            } else if (change == 2) {
                CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
            } else {
                CHECK(dict_remove(self, dict, KINDS[i].of, 2) == WEFT_DICT_OK);
                CHECK(weft_dict_copy(self, snapshot, dict) == WEFT_DICT_OK);
            }
            CHECK(next_number(self, &strict, &number) == WEFT_DICT_CHANGED);
            dict_drop(self, snapshot);
            dict_drop(self, dict);
        }
    }
}
BOTH(strict_iteration_notices_a_change_and_back)

/* In a table that stays the dict's: a key more, one less, both. */
static void strict_iteration_notices_keys_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        for (int change = 0; change < 3; change++) {
            weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 3);
            weft_dict_table *table = table_of(self, dict);
            weft_dict_iterator strict;
            uint32_t number;
            CHECK(weft_dict_iterate(self, dict, true, &strict) == WEFT_DICT_OK);
            CHECK(next_number(self, &strict, &number) == WEFT_DICT_OK);
            CHECK(change == 1 || dict_put(self, dict, KINDS[i].of, 5, 105) == WEFT_DICT_OK);
            CHECK(change == 0 || dict_remove(self, dict, KINDS[i].of, 2) == WEFT_DICT_OK);
            CHECK(table_of(self, dict) == table);
            CHECK(next_number(self, &strict, &number) == WEFT_DICT_CHANGED);
            dict_drop(self, dict);
        }
    }
}
BOTH(strict_iteration_notices_keys)

/* Values change while somebody iterates, and a snapshot makes the first of these changes copy the table. */
static void strict_iteration_survives_a_thaw_in(weft_thread *self,
                                                weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 5);
        weft_dict *snapshot = dict_make(self, discipline, WEFT_DICT_GENERAL);
        weft_dict_iterator strict;
        uint32_t number;
        CHECK(dict_remove(self, dict, KINDS[i].of, 0) == WEFT_DICT_OK);
        CHECK(weft_dict_snapshot(self, dict, snapshot) == WEFT_DICT_OK);
        CHECK(weft_dict_iterate(self, dict, true, &strict) == WEFT_DICT_OK);
        for (uint32_t k = 1; k < 5; k++) {
            CHECK(next_number(self, &strict, &number) == WEFT_DICT_OK && number == k);
            CHECK(dict_put(self, dict, KINDS[i].of, k, 300 + k) == WEFT_DICT_OK);
        }
        CHECK(next_number(self, &strict, &number) == WEFT_DICT_MISSING);
        CHECK(table_of(self, dict) != table_of(self, snapshot));
        dict_drop(self, snapshot);
        dict_drop(self, dict);
    }
}
BOTH(strict_iteration_survives_a_thaw)

/* Two changes of values, each after a snapshot, between two calls; room that is reserved, also beside dead entries. No key has come or
 * gone. */
static void strict_iteration_survives_copies_in(weft_thread *self,
                                                weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 6);
        weft_dict *snapshot = dict_make(self, discipline, WEFT_DICT_GENERAL);
        weft_dict_iterator strict;
        uint32_t number;
        CHECK(dict_remove(self, dict, KINDS[i].of, 0) == WEFT_DICT_OK);
        CHECK(dict_remove(self, dict, KINDS[i].of, 3) == WEFT_DICT_OK);
        CHECK(weft_dict_iterate(self, dict, true, &strict) == WEFT_DICT_OK);
        CHECK(next_number(self, &strict, &number) == WEFT_DICT_OK && number == 1);
        for (uint32_t k = 0; k < 3; k++) {
            weft_dict_table *before = table_of(self, dict);
            CHECK(weft_dict_snapshot(self, dict, snapshot) == WEFT_DICT_OK);
            CHECK(dict_put(self, dict, KINDS[i].of, 5, 300 + k) == WEFT_DICT_OK);
            CHECK(table_of(self, dict) != before);
        }
        CHECK(next_number(self, &strict, &number) == WEFT_DICT_OK && number == 2);
        weft_dict_table *before = table_of(self, dict);
        CHECK(weft_dict_reserve(self, dict, 50) == WEFT_DICT_OK);
        CHECK(weft_dict_reserve(self, dict, 500) == WEFT_DICT_OK);
        CHECK(table_of(self, dict) != before);
        CHECK(next_number(self, &strict, &number) == WEFT_DICT_OK && number == 4);
        CHECK(dict_put(self, dict, KINDS[i].of, 5, 105) == WEFT_DICT_OK);
        CHECK(IS(self, dict, 1, 2, 4, 5));
        CHECK(dict_at(self, dict, KINDS[i].of, 3) == VALUED_DEAD);
        /* The copy notices what comes and goes. */
        CHECK(dict_remove(self, dict, KINDS[i].of, 1) == WEFT_DICT_OK);
        CHECK(next_number(self, &strict, &number) == WEFT_DICT_CHANGED);
        CHECK(pop_end(self, dict, false) == 2 && pop_end(self, dict, true) == 5);
        CHECK(IS(self, dict, 4));
        dict_drop(self, snapshot);
        dict_drop(self, dict);
    }
}
BOTH(strict_iteration_survives_copies)

/* Two copies of one table, each with a key that the other has not: they are different, though alike in numbers. */
static void strict_iteration_tells_copies_apart_in(weft_thread *self,
                                                   weft_dict_discipline discipline) {
    for (int kind = 0; kind < 2; kind++) {
        weft_dict_kind of = kind == 0 ? WEFT_DICT_IMMEDIATES : WEFT_DICT_SPLIT;
        sort fits = kind == 0 ? SORT_NUMBER : SORT_SYMBOL;
        weft_dict *dict = filled(self, discipline, of, fits, 3);
        weft_dict *other = dict_make(self, discipline, of);
        weft_dict_iterator strict;
        uint32_t number;
        CHECK(weft_dict_snapshot(self, dict, other) == WEFT_DICT_OK);
        CHECK(dict_put(self, dict, fits, 1, 201) == WEFT_DICT_OK); /* copies, which inherit */
        CHECK(dict_put(self, other, fits, 1, 201) == WEFT_DICT_OK);
        CHECK(dict_put(self, dict, fits, 3, 103) == WEFT_DICT_OK);
        CHECK(dict_put(self, other, fits, 4, 104) == WEFT_DICT_OK);
        CHECK(weft_dict_iterate(self, dict, true, &strict) == WEFT_DICT_OK);
        CHECK(next_number(self, &strict, &number) == WEFT_DICT_OK && number == 0);
        CHECK(weft_dict_snapshot(self, other, dict) == WEFT_DICT_OK);
        CHECK(next_number(self, &strict, &number) == WEFT_DICT_CHANGED);
        dict_drop(self, other);
        dict_drop(self, dict);
    }
}
BOTH(strict_iteration_tells_copies_apart)

/* ---- inline caches --------------------------------------------------------------------------------- */

static bool hits(weft_thread *self, weft_dict *dict, const weft_dict_cache *cache,
                 uint32_t number) {
    weft_ref *value = weft_dict_cached_get(self, dict, cache);
    bool right = value != NULL && valued_number(value) == number;
    if (value != NULL) {
        weft_ref_decref(self, value);
    }
    return right;
}

static void caches_of_hits_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        if (KINDS[i].of == SORT_TEXT) {
            continue; /* objects as keys are not cached */
        }
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 4);
        weft_dict_key key = dict_key(self, KINDS[i].of, 2);
        weft_dict_cache cache = {0};
        weft_dict_cache empty = {0};
        CHECK(weft_dict_cache_fill(self, dict, key, &cache));
        CHECK(hits(self, dict, &cache, 102));
        CHECK(!hits(self, dict, &empty, 102));
        CHECK(!weft_dict_cached_miss(self, dict, &empty));
        CHECK(!weft_dict_cached_miss(self, dict, &cache));
        CHECK(dict_put(self, dict, KINDS[i].of, 2, 202) == WEFT_DICT_OK);
        CHECK(hits(self, dict, &cache, 202));
        /* Whatever happens to other keys, as long as the table is the same. */
        CHECK(dict_remove(self, dict, KINDS[i].of, 1) == WEFT_DICT_OK);
        CHECK(dict_put(self, dict, KINDS[i].of, 5, 105) == WEFT_DICT_OK);
        CHECK(hits(self, dict, &cache, 202));
        CHECK(dict_remove(self, dict, KINDS[i].of, 2) == WEFT_DICT_OK);
        CHECK(!hits(self, dict, &cache, 202));
        CHECK(dict_put(self, dict, KINDS[i].of, 2, 302) == WEFT_DICT_OK);
        CHECK(!hits(self, dict, &cache, 302)); /* an entry is not revived */
        CHECK(weft_dict_cache_fill(self, dict, key, &cache));
        CHECK(hits(self, dict, &cache, 302));
        CHECK(weft_dict_reserve(self, dict, 100) == WEFT_DICT_OK);
        CHECK(!hits(self, dict, &cache, 302));
        dict_key_drop(self, key);
        dict_drop(self, dict);
    }
}
BOTH(caches_of_hits)

static void set_cached(weft_thread *self, weft_dict *dict, weft_dict_key key, uint32_t number,
                       weft_dict_cache *cache) {
    weft_ref *value = valued_make(self, number);
    CHECK(weft_dict_cached_set(self, dict, key, value, cache) == WEFT_DICT_OK);
    weft_ref_decref(self, value);
}

static void caches_of_stores_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 2);
        weft_dict_key key = dict_key(self, KINDS[i].of, 2);
        weft_dict_cache cache = {0};
        set_cached(self, dict, key, 102, &cache); /* a new key */
        CHECK(dict_at(self, dict, KINDS[i].of, 2) == 102);
        bool cached = KINDS[i].kind != WEFT_DICT_GENERAL;
        CHECK(cached ? hits(self, dict, &cache, 102) : cache.id == 0);
        set_cached(self, dict, key, 202, &cache); /* where it is */
        CHECK(dict_at(self, dict, KINDS[i].of, 2) == 202);
        CHECK(dict_remove(self, dict, KINDS[i].of, 2) == WEFT_DICT_OK);
        set_cached(self, dict, key, 302, &cache); /* where it was */
        CHECK(dict_at(self, dict, KINDS[i].of, 2) == 302);
        weft_dict_cache old = cache;
        CHECK(dict_remove(self, dict, KINDS[i].of, 2) == WEFT_DICT_OK);
        CHECK(dict_put(self, dict, KINDS[i].of, 2, 352) == WEFT_DICT_OK);
        set_cached(self, dict, key, 362, &old); /* it is elsewhere now */
        CHECK(dict_at(self, dict, KINDS[i].of, 2) == 362);
        CHECK(weft_dict_len(self, dict) == 3);
        CHECK(weft_dict_reserve(self, dict, 100) == WEFT_DICT_OK);
        set_cached(self, dict, key, 402, &cache); /* in another table */
        CHECK(dict_at(self, dict, KINDS[i].of, 2) == 402);
        weft_dict *kept = dict_make(self, discipline, WEFT_DICT_SYMBOLS);
        CHECK(weft_dict_snapshot(self, dict, kept) == WEFT_DICT_OK);
        set_cached(self, dict, key, 502, &cache); /* the table is the snapshot's */
        CHECK(dict_at(self, dict, KINDS[i].of, 2) == 502);
        CHECK(dict_at(self, kept, KINDS[i].of, 2) == 402);
        CHECK(dict_at(self, dict, KINDS[i].of, 0) == 100 && weft_dict_len(self, dict) == 3);
        dict_key_drop(self, key);
        dict_drop(self, kept);
        dict_drop(self, dict);
    }
}
BOTH(caches_of_stores)

/* What a dict of the shape has not got yet goes where the cache says, without a search: here it is another key's. */
static void a_store_trusts_its_cache_in(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict_keys *shape = dict_shape(self, 6);
    weft_dict *first = dict_of_shape(self, discipline, shape);
    weft_dict *second = dict_of_shape(self, discipline, shape);
    weft_dict_key keys[2] = {dict_key(self, SORT_SYMBOL, 0), dict_key(self, SORT_SYMBOL, 1)};
    weft_dict_cache caches[2] = {{0}};
    for (uint32_t i = 0; i < 2; i++) {
        set_cached(self, first, keys[i], 100 + i, &caches[i]);
    }
    weft_dict_cache wrong = caches[1];
    set_cached(self, second, keys[0], 201, &wrong); /* an insertion */
    CHECK(weft_dict_len(self, second) == 1 && dict_at(self, second, SORT_SYMBOL, 1) == 201);
    set_cached(self, second, keys[0], 301, &wrong); /* a replacement */
    CHECK(weft_dict_len(self, second) == 1 && dict_at(self, second, SORT_SYMBOL, 1) == 301);
    CHECK(weft_dict_kind_of(second) == WEFT_DICT_SPLIT);
    /* Before what is there already: out of the shape's order, so the dict leaves it. */
    set_cached(self, second, keys[0], 200, &caches[0]);
    CHECK(weft_dict_kind_of(second) == WEFT_DICT_SYMBOLS);
    CHECK(dict_at(self, second, SORT_SYMBOL, 0) == 200 && hits(self, first, &caches[0], 100));
    set_cached(self, second, keys[0], 300, &caches[0]); /* found by a search, and remembered */
    CHECK(dict_at(self, second, SORT_SYMBOL, 0) == 300 && hits(self, second, &caches[0], 300));
    for (uint32_t i = 0; i < 2; i++) {
        dict_key_drop(self, keys[i]);
    }
    weft_ref_decref(self, &shape->head);
    dict_drop(self, first);
    dict_drop(self, second);
}
BOTH(a_store_trusts_its_cache)

static void caches_of_misses_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        if (KINDS[i].of == SORT_TEXT) {
            continue;
        }
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 4);
        weft_dict_key key = dict_key(self, KINDS[i].of, 77);
        weft_dict_cache cache;
        CHECK(weft_dict_cache_fill(self, dict, key, &cache));
        CHECK(weft_dict_cached_miss(self, dict, &cache));
        CHECK(!hits(self, dict, &cache, 0));
        CHECK(dict_remove(self, dict, KINDS[i].of, 1) == WEFT_DICT_OK);
        CHECK(dict_put(self, dict, KINDS[i].of, 0, 200) == WEFT_DICT_OK);
        CHECK(weft_dict_cached_miss(self, dict, &cache)); /* nothing was inserted */
        CHECK(dict_put(self, dict, KINDS[i].of, 77, 177) == WEFT_DICT_OK);
        CHECK(!weft_dict_cached_miss(self, dict, &cache));
        dict_key_drop(self, key);
        dict_drop(self, dict);
    }
    weft_dict *dict = dict_make(self, discipline, WEFT_DICT_SYMBOLS);
    weft_dict_cache cache;
    weft_dict_key key = dict_key(self, SORT_SYMBOL, 5);
    CHECK(weft_dict_cache_fill(self, dict, key, &cache)); /* of an empty dict */
    CHECK(weft_dict_cached_miss(self, dict, &cache));
    CHECK(dict_put(self, dict, SORT_SYMBOL, 5, 105) == WEFT_DICT_OK);
    CHECK(!weft_dict_cached_miss(self, dict, &cache));
    dict_key_drop(self, key);
    dict_drop(self, dict);
}
BOTH(caches_of_misses)

/* While an insertion is under way no miss may be remembered: begun has risen already, and its slot is still to come. */
static void negative_cache_fill_race_in(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict *dict = filled(self, discipline, WEFT_DICT_SYMBOLS, SORT_SYMBOL, 3);
    weft_dict_key key = dict_key(self, SORT_SYMBOL, 77);
    weft_dict_cache cache;
    weft_dict_table *table = table_of(self, dict);
    /* As weft_dict_publish_entry leaves it between its stores. */
    weft_store_relaxed_u32(&table->begun, 4);
    CHECK(!weft_dict_cache_fill(self, dict, key, &cache));
    CHECK(!weft_dict_cached_miss(self, dict, &cache));
    weft_store_relaxed_u32(&table->begun, 3);
    CHECK(weft_dict_cache_fill(self, dict, key, &cache));
    CHECK(weft_dict_cached_miss(self, dict, &cache));
    weft_store_relaxed_u32(&table->begun, 4);
    CHECK(!weft_dict_cached_miss(self, dict, &cache));
    weft_store_relaxed_u32(&table->begun, 3);
    dict_key_drop(self, key);
    dict_drop(self, dict);
}
BOTH(negative_cache_fill_race)

/* ---- memory ---------------------------------------------------------------------------------------- */

static uint64_t cycles(void) {
#if WEFT_TSAN || defined(__SANITIZE_ADDRESS__)
    return 10000;
#else
    return getenv("STRESS_SECONDS") != NULL ? 100000000 : 100000;
#endif
}

/* One key set and deleted for ever; a dict that is a queue, a stack: memory stays bounded, and what is built for it is built
 * seldom. */
static void memory_stays_bounded_in(weft_thread *self, weft_dict_discipline discipline) {
    enum { LENGTH = 20 };
    /* A host's own domain may take long for a grace period: the cap holds whatever it takes. */
    weft_runtime *runtime = weft_thread_runtime(self);
    weft_qsbr_set_budgets(runtime, WEFT_QSBR_BATCH_BYTES, 2 * WEFT_QSBR_BATCH_BYTES);
    weft_ref *value = valued_make(self, 1);
    for (int way = 0; way < 3; way++) {
        for (int shared = 0; shared < 2; shared++) {
            weft_dict_statistics before;
            weft_dict_statistics after;
            dict_count_memory(true);
            weft_dict *dict = dict_make(self, discipline, WEFT_DICT_IMMEDIATES);
            CHECK(shared == 0 || weft_dict_set_shared(self, dict) == WEFT_DICT_OK);
            for (uint32_t i = 0; i < LENGTH && way != 0; i++) {
                CHECK(weft_dict_set(self, dict, weft_dict_of_number(i), value) == WEFT_DICT_OK);
            }
            uint64_t most = 0;
            weft_dict_get_statistics(&before);
            for (uint64_t i = LENGTH; i < cycles(); i++) {
                weft_dict_key key = weft_dict_of_number(way == 0 ? 7 : i);
                weft_ref *popped = NULL;
                CHECK(weft_dict_set(self, dict, key, value) == WEFT_DICT_OK);
                if (way == 0) {
                    CHECK(weft_dict_pop(self, dict, key, &popped) == WEFT_DICT_OK);
                } else {
                    CHECK(weft_dict_popitem(self, dict, way == 2, &key, &popped) == WEFT_DICT_OK);
                }
                weft_ref_decref(self, popped);
                (void)weft_thread_safepoint(self);
                weft_qsbr_quiescent(self);
                most = dict_memory() > most ? dict_memory() : most;
            }
            weft_dict_get_statistics(&after);
            /* What waits for a grace period: the cap and a batch, with the entries for it; and the table. */
            CHECK(most < 6 * WEFT_QSBR_BATCH_BYTES);
            CHECK(weft_dict_bytes(dict) < 4096);
            CHECK(after.copies - before.copies <= cycles() / 3);
            dict_drop(self, dict);
            (void)dict_objects(self);
            dict_count_memory(false);
        }
    }
    weft_ref_decref(self, value);
}
BOTH(memory_stays_bounded)

static void dicts_that_become_small_shrink_in(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict *dict = filled(self, discipline, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 3000);
    size_t large = weft_dict_bytes(dict);
    for (uint32_t i = 0; i < 2990; i++) {
        CHECK(dict_remove(self, dict, SORT_NUMBER, i) == WEFT_DICT_OK);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        CHECK(dict_put(self, dict, SORT_NUMBER, 5000 + i, 1) == WEFT_DICT_OK);
        CHECK(dict_remove(self, dict, SORT_NUMBER, 5000 + i) == WEFT_DICT_OK);
        (void)weft_thread_safepoint(self);
    }
    CHECK(weft_dict_bytes(dict) < large / 20);
    CHECK(weft_dict_len(self, dict) == 10);
    dict_drop(self, dict);
}
BOTH(dicts_that_become_small_shrink)

/* What is empty has nothing to keep, but for its shape. */
static void clear_gives_memory_back_in(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict *dict = filled(self, discipline, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        CHECK(dict_remove(self, dict, SORT_NUMBER, i) == WEFT_DICT_OK);
    }
    uint64_t version = weft_dict_version(dict);
    CHECK(weft_dict_bytes(dict) > 10000);
    CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
    CHECK(weft_dict_bytes(dict) == 0);
    CHECK(weft_dict_reserve(self, dict, 1000) == WEFT_DICT_OK);
    CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
    CHECK(weft_dict_bytes(dict) == 0);
    CHECK(weft_dict_version(dict) == version); /* that was no change */
    dict_drop(self, dict);
    weft_dict *split = dict_make(self, discipline, WEFT_DICT_SPLIT);
    CHECK(weft_dict_clear(self, split) == WEFT_DICT_OK);
    CHECK(weft_dict_kind_of(split) == WEFT_DICT_SPLIT);
    dict_drop(self, split);
}
BOTH(clear_gives_memory_back)

static void reserve_makes_room_in(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict *dict = filled(self, discipline, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 4);
    CHECK(weft_dict_reserve(self, dict, 500) == WEFT_DICT_OK);
    weft_dict_table *table = table_of(self, dict);
    for (uint32_t i = 4; i < 500; i++) {
        CHECK(dict_put(self, dict, SORT_NUMBER, i, i + 100) == WEFT_DICT_OK);
    }
    CHECK(table_of(self, dict) == table);
    CHECK(weft_dict_reserve(self, dict, 10) == WEFT_DICT_OK);
    CHECK(table_of(self, dict) == table);
    CHECK(weft_dict_reserve(self, dict, WEFT_DICT_MAX + 1) == WEFT_DICT_NO_MEMORY);
    CHECK(weft_dict_len(self, dict) == 500);
    /* With the dead they would be too many. */
    for (uint32_t i = 0; i < 400; i++) {
        CHECK(dict_remove(self, dict, SORT_NUMBER, i) == WEFT_DICT_OK);
    }
    weft_dict_set_most(1000);
    CHECK(weft_dict_reserve(self, dict, 700) == WEFT_DICT_OK);
    weft_dict_set_most(WEFT_DICT_MAX);
    CHECK(table_of(self, dict) != table);
    CHECK(weft_load_relaxed_u32(&table_of(self, dict)->begun) == 100);
    CHECK(pop_end(self, dict, false) == 400);
    dict_drop(self, dict);
}
BOTH(reserve_makes_room)

/* A table may be filled to the last of the entries there can be, by live ones: it is replaced by one of the same size. */
static void as_many_as_there_can_be_in(weft_thread *self, weft_dict_discipline discipline) {
    enum { MOST = 96 }; /* a full table's, so that none is larger */
    weft_dict_set_most(MOST);
    weft_dict *dict = filled(self, discipline, WEFT_DICT_IMMEDIATES, SORT_NUMBER, MOST - 10);
    for (uint32_t i = 0; i < 40; i++) { /* dead entries: the table is full before the dict is */
        CHECK(dict_remove(self, dict, SORT_NUMBER, i) == WEFT_DICT_OK);
        CHECK(dict_put(self, dict, SORT_NUMBER, i, i + 100) == WEFT_DICT_OK);
    }
    for (uint32_t i = MOST - 10; i < MOST; i++) {
        CHECK(dict_put(self, dict, SORT_NUMBER, i, i + 100) == WEFT_DICT_OK);
    }
    CHECK(table_of(self, dict)->capacity == MOST);
    CHECK(dict_put(self, dict, SORT_NUMBER, MOST, 1) == WEFT_DICT_NO_MEMORY);
    CHECK(dict_put(self, dict, SORT_NUMBER, 0, 100) == WEFT_DICT_OK);
    CHECK(dict_remove(self, dict, SORT_NUMBER, 0) == WEFT_DICT_OK);
    CHECK(dict_put(self, dict, SORT_NUMBER, MOST, MOST + 100) == WEFT_DICT_OK);
    CHECK(weft_dict_len(self, dict) == MOST);
    weft_dict_set_most(WEFT_DICT_MAX);
    dict_drop(self, dict);
}
BOTH(as_many_as_there_can_be)

/* ---- sharing, watchers, collectors ------------------------------------------------------------------ */

static void items_of_shared_dicts_are_flagged_in(weft_thread *self,
                                                 weft_dict_discipline discipline) {
    for (int way = 0; way < 3; way++) {
        weft_dict *dict = dict_make(self, discipline, WEFT_DICT_GENERAL);
        weft_dict *other = dict_make(self, discipline, WEFT_DICT_GENERAL);
        weft_dict_key key = dict_key(self, SORT_TEXT, 1);
        weft_ref *value = valued_make(self, 101);
        CHECK(weft_dict_set(self, dict, key, value) == WEFT_DICT_OK);
        CHECK(is_private(dict) && !is_flagged(value) && !is_flagged(weft_dict_object_of(key)));
        if (way == 0) {
            CHECK(weft_dict_set_shared(self, dict) == WEFT_DICT_OK);
        } else if (way == 1) {
            CHECK(weft_dict_snapshot(self, dict, other) == WEFT_DICT_OK);
        } else {
            CHECK(weft_dict_set_shared(self, other) == WEFT_DICT_OK);
            CHECK(weft_dict_copy(self, dict, other) == WEFT_DICT_OK);
        }
        CHECK(is_private(dict) == (way == 2));
        CHECK(is_flagged(value) && is_flagged(weft_dict_object_of(key)));
        weft_ref *next = valued_make(self, 102);
        CHECK(weft_dict_set(self, dict, key, next) == WEFT_DICT_OK);
        CHECK(is_flagged(next) == (way != 2));
        weft_dict_key late = dict_key(self, SORT_TEXT, 2);
        CHECK(weft_dict_set(self, dict, late, next) == WEFT_DICT_OK);
        CHECK(is_flagged(weft_dict_object_of(late)) == (way != 2));
        dict_key_drop(self, late);
        weft_ref_decref(self, next);
        weft_ref_decref(self, value);
        dict_key_drop(self, key);
        dict_drop(self, other);
        dict_drop(self, dict);
    }
}
BOTH(items_of_shared_dicts_are_flagged)

static weft_dict_change told[16];
static unsigned told_count;
static void notes_changes(weft_thread *self, weft_dict *dict, const weft_dict_change *change) {
    CHECK(!weft_mutex_is_locked(&dict->head.mutex));
    CHECK(weft_dict_version(dict) == change->version);
    (void)weft_dict_len(self, dict);
    told[told_count++ % 16] = *change;
}

static void watchers_are_told_in(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict_set_watcher(notes_changes);
    weft_dict *dict = filled(self, discipline, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 2);
    told_count = 0;
    uint64_t version = weft_dict_version(dict);
    CHECK(version % 2 == 0 && version > 0);
    CHECK(weft_dict_watch(self, dict, true) == WEFT_DICT_OK);
    CHECK(weft_dict_version(dict) == version);
    CHECK(dict_put(self, dict, SORT_NUMBER, 1, 5) == WEFT_DICT_OK);
    CHECK(dict_put(self, dict, SORT_NUMBER, 2, 5) == WEFT_DICT_OK);
    CHECK(dict_remove(self, dict, SORT_NUMBER, 9) == WEFT_DICT_MISSING);
    CHECK(dict_remove(self, dict, SORT_NUMBER, 1) == WEFT_DICT_OK);
    CHECK(weft_dict_reserve(self, dict, 50) == WEFT_DICT_OK); /* no change */
    CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK);
    CHECK(weft_dict_clear(self, dict) == WEFT_DICT_OK); /* none either */
    CHECK(told_count == 4);
    CHECK(told[0].kind == WEFT_DICT_SET && told[0].key == weft_dict_of_number(1));
    CHECK(told[1].kind == WEFT_DICT_ADDED && told[1].key == weft_dict_of_number(2));
    CHECK(told[2].kind == WEFT_DICT_REMOVED && told[2].key == weft_dict_of_number(1));
    CHECK(told[3].kind == WEFT_DICT_REPLACED && told[3].version == version + 8);
    CHECK(weft_dict_watch(self, dict, false) == WEFT_DICT_OK);
    CHECK(dict_put(self, dict, SORT_NUMBER, 1, 5) == WEFT_DICT_OK);
    CHECK(told_count == 4);
    weft_dict_set_watcher(NULL);
    dict_drop(self, dict);
}
BOTH(watchers_are_told)

static int counts_visits(void *argument, weft_ref *object) {
    (void)object;
    return ++*(int *)argument == 100 ? -1 : 0;
}

static void collectors_traverse_in(weft_thread *self, weft_dict_discipline discipline) {
    for (size_t i = 0; i < KINDS_COUNT; i++) {
        weft_dict *dict = filled(self, discipline, KINDS[i].kind, KINDS[i].of, 5);
        CHECK(dict_remove(self, dict, KINDS[i].of, 2) == WEFT_DICT_OK);
        int visits = 0;
        CHECK(weft_world_stop(self) == WEFT_THREAD_OK);
        CHECK(weft_dict_traverse(dict, counts_visits, &visits) == WEFT_DICT_OK);
        weft_world_resume(self);
        int expected = KINDS[i].kind == WEFT_DICT_SPLIT        ? 5
                       : KINDS[i].kind == WEFT_DICT_IMMEDIATES ? 4
                                                               : 8;
        CHECK(visits == expected);
        visits = 98;
        CHECK(weft_dict_traverse(dict, counts_visits, &visits) == WEFT_DICT_STOPPED);
        CHECK(visits == 100);
        dict_drop(self, dict);
    }
    weft_dict_keys *shape = dict_shape(self, 4);
    weft_dict *dict = dict_of_shape(self, discipline, shape);
    CHECK(dict_put(self, dict, SORT_SYMBOL, 1, 1) == WEFT_DICT_OK);
    int visits = 0;
    CHECK(weft_dict_keys_traverse(shape, counts_visits, &visits) == 0 && visits == 1);
    weft_ref_decref(self, &shape->head);
    dict_drop(self, dict);
}
BOTH(collectors_traverse)

static void clear_ends_cycles_in(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict *first = dict_make(self, discipline, WEFT_DICT_IMMEDIATES);
    weft_dict *second = dict_make(self, discipline, WEFT_DICT_IMMEDIATES);
    CHECK(weft_dict_set(self, first, weft_dict_of_number(1), &second->head) == WEFT_DICT_OK);
    CHECK(weft_dict_set(self, second, weft_dict_of_number(1), &first->head) == WEFT_DICT_OK);
    dict_drop(self, second);
    CHECK(dict_objects(self) == 2);
    CHECK(weft_dict_clear(self, first) == WEFT_DICT_OK);
    CHECK(dict_objects(self) == 1);
    dict_drop(self, first);
}
BOTH(clear_ends_cycles)

/* ---- misuse ---------------------------------------------------------------------------------------- */

typedef struct misuse_of {
    weft_thread *self;
    weft_dict *dict;
    weft_dict *other;
} misuse_of;

static void sets_null(void *argument) {
    misuse_of *on = argument;
    (void)weft_dict_set(on->self, on->dict, weft_dict_of_number(1), NULL);
}
static void gets_null(void *argument) {
    misuse_of *on = argument;
    weft_ref *value;
    (void)weft_dict_get(on->self, on->dict, 0, &value);
}
static void borrows_promptly(void *argument) {
    misuse_of *on = argument;
    (void)weft_dict_borrow(on->self, on->dict, weft_dict_of_number(1));
}
static void snapshots_across(void *argument) {
    misuse_of *on = argument;
    (void)weft_dict_snapshot(on->self, on->dict, on->other);
}
static void inits_split(void *argument) {
    misuse_of *on = argument;
    weft_dict dict;
    weft_dict_init(on->self, &dict, WEFT_DICT_PROMPT, WEFT_DICT_SPLIT);
}
static void inits_a_shape_without_room(void *argument) {
    misuse_of *on = argument;
    weft_dict_keys keys;
    (void)weft_dict_keys_init(on->self, &keys, 0);
}

static void misuse_is_fatal(void) {
    weft_thread *self = dict_begin();
    misuse_of on = {self, filled(self, WEFT_DICT_PROMPT, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 3),
                    filled(self, WEFT_DICT_DEFERRED, WEFT_DICT_IMMEDIATES, SORT_NUMBER, 3)};
    CHECK(scenario_is_fatal(sets_null, &on, "NULL for a value", "dict"));
    CHECK(scenario_is_fatal(gets_null, &on, "NULL for a key", "dict"));
    CHECK(scenario_is_fatal(borrows_promptly, &on, "borrow", "dict"));
    CHECK(scenario_is_fatal(snapshots_across, &on, "other discipline", "dict"));
    CHECK(scenario_is_fatal(inits_split, &on, "made with a shape", "dict"));
    CHECK(scenario_is_fatal(inits_a_shape_without_room, &on, "room for no key", "keys"));
    CHECK(IS(self, on.dict, 0, 1, 2));
    dict_drop(self, on.dict);
    dict_drop(self, on.other);
    CHECK(dict_objects(self) == 0);
    dict_end(self);
}

/* ---- memory that runs out --------------------------------------------------------------------------- */

typedef struct starved {
    weft_thread *self;
    weft_dict *dict;
    weft_dict *other;
    weft_ref *value;
    weft_dict_key key; /* of the dict's sort; not in it */
    sort of;
} starved;

static weft_dict_result starved_set_new(starved *s) {
    return weft_dict_set(s->self, s->dict, s->key, s->value);
}
static weft_dict_result starved_set_other_kind(starved *s) {
    return weft_dict_set(s->self, s->dict,
                         s->of == SORT_NUMBER ? (weft_dict_key)weft_dict_of_object(s->value)
                                              : weft_dict_of_number(99),
                         s->value);
}
static weft_dict_result starved_overwrite(starved *s) {
    weft_dict_key key = dict_key(s->self, s->of, 1);
    weft_dict_result result = weft_dict_set(s->self, s->dict, key, s->value);
    dict_key_drop(s->self, key);
    return result;
}
static weft_dict_result starved_default(starved *s) {
    weft_ref *now = NULL;
    bool there;
    weft_dict_result result =
        weft_dict_set_default(s->self, s->dict, s->key, s->value, &now, &there);
    if (result == WEFT_DICT_OK) {
        weft_ref_decref(s->self, now);
    }
    return result;
}
static weft_dict_result starved_delete(starved *s) {
    return dict_remove(s->self, s->dict, s->of, 1);
}
static weft_dict_result starved_popitem(starved *s) {
    weft_dict_key key;
    weft_ref *value;
    weft_dict_result result = weft_dict_popitem(s->self, s->dict, true, &key, &value);
    if (result == WEFT_DICT_OK) {
        dict_key_drop(s->self, key);
        weft_ref_decref(s->self, value);
    }
    return result;
}
static weft_dict_result starved_clear(starved *s) {
    return weft_dict_clear(s->self, s->dict);
}
static weft_dict_result starved_copy(starved *s) {
    return weft_dict_copy(s->self, s->other, s->dict);
}
static weft_dict_result starved_snapshot(starved *s) {
    return weft_dict_snapshot(s->self, s->other, s->dict);
}
static weft_dict_result starved_reserve(starved *s) {
    return weft_dict_reserve(s->self, s->dict, 100);
}

static weft_dict_result (*const STARVED[])(starved *s) = {
    starved_set_new, starved_set_other_kind, starved_overwrite, starved_default,  starved_delete,
    starved_popitem, starved_clear,          starved_copy,      starved_snapshot, starved_reserve,
};

/* A full dict; shared: 1; with a snapshot: 2. */
static void make_starved(starved *s, weft_dict_discipline discipline, size_t kind, int state,
                         weft_dict **holder) {
    s->of = KINDS[kind].of;
    s->dict = filled(s->self, discipline, KINDS[kind].kind, s->of, 6);
    s->other = filled(s->self, discipline, WEFT_DICT_GENERAL, SORT_TEXT, 9);
    s->value = valued_make(s->self, 9);
    s->key = dict_key(s->self, s->of, 70);
    *holder = dict_make(s->self, discipline, WEFT_DICT_GENERAL);
    if (state == 1) {
        CHECK(weft_dict_set_shared(s->self, s->dict) == WEFT_DICT_OK);
    } else if (state == 2) {
        CHECK(weft_dict_snapshot(s->self, s->dict, *holder) == WEFT_DICT_OK);
    }
}

/* The operation with the n-th allocation failing, for every n until none fails. Objects as keys are no keys for the hooks here. */
static uint64_t starve(weft_thread *self, weft_dict_discipline discipline, size_t kind, int state,
                       weft_dict_result (*run)(starved *s)) {
    bool failed = true;
    uint64_t refused = 0;
    for (uint64_t n = 0; failed; n++) {
        starved s = {.self = self};
        weft_dict *holder;
        make_starved(&s, discipline, kind, state, &holder);
        uint64_t version = weft_dict_version(s.dict);
        (void)weft_thread_safepoint(self); /* reserves are full */
        dict_fail_after(n);
        weft_dict_result result = run(&s);
        failed = dict_failures() != 0;
        dict_fail_after(UINT64_MAX);
        CHECK(result == WEFT_DICT_OK || (failed && result == WEFT_DICT_NO_MEMORY));
        if (result == WEFT_DICT_NO_MEMORY) {
            CHECK(IS(self, s.dict, 0, 1, 2, 3, 4, 5));
            CHECK(weft_dict_version(s.dict) == version);
            refused++;
        }
        if (state == 2) {
            CHECK(IS(self, holder, 0, 1, 2, 3, 4, 5));
        }
        dict_drop(self, s.dict);
        dict_drop(self, s.other);
        dict_drop(self, holder);
        weft_ref_decref(self, s.value);
        dict_key_drop(self, s.key);
        CHECK(dict_objects(self) == 0);
    }
    return refused;
}

static bool value_hash(weft_thread *self, weft_ref *key, uint64_t *hash) {
    (void)self;
    *hash = (uint64_t)(uintptr_t)key;
    return true;
}
static int never_equal(weft_thread *self, weft_dict_key candidate, weft_dict_key key) {
    (void)self;
    return dict_key_number(candidate) == dict_key_number(key);
}

static void allocation_failure_at_every_allocation_in(weft_thread *self,
                                                      weft_dict_discipline discipline) {
    uint64_t refused = 0;
    for (size_t kind = 0; kind < KINDS_COUNT; kind++) {
        for (int state = 0; state < 3; state++) {
            for (size_t i = 0; i < sizeof STARVED / sizeof STARVED[0]; i++) {
                if (STARVED[i] == starved_set_other_kind && KINDS[kind].of == SORT_NUMBER) {
                    continue; /* below */
                }
                refused += starve(self, discipline, kind, state, STARVED[i]);
            }
        }
    }
    CHECK(refused > 20);
}
BOTH(allocation_failure_at_every_allocation)

/* A number's dict that gets an object as key. */
static void allocation_failure_of_a_conversion(void) {
    static const weft_dict_hooks PLAIN = {value_hash, never_equal};
    weft_thread *self = dict_begin();
    weft_dict_set_hooks(&PLAIN);
    CHECK(starve(self, WEFT_DICT_DEFERRED, 1, 0, starved_set_other_kind) == 1);
    dict_end(self);
}

/* Elements lost when growth fails (ck 217). */
static void regression_ck_217_growth_fails_in(weft_thread *self, weft_dict_discipline discipline) {
    weft_dict *dict = dict_make(self, discipline, WEFT_DICT_IMMEDIATES);
    unsigned failures = 0;
    for (uint32_t next = 0; next < 300; next++) {
        dict_fail_after(0);
        weft_dict_result result = dict_put(self, dict, SORT_NUMBER, next, next);
        dict_fail_after(UINT64_MAX);
        if (result == WEFT_DICT_NO_MEMORY) {
            failures++;
            CHECK(weft_dict_len(self, dict) == next);
            CHECK(next == 0 || dict_at(self, dict, SORT_NUMBER, next - 1) == next - 1);
            CHECK(dict_put(self, dict, SORT_NUMBER, next, next) == WEFT_DICT_OK);
        }
    }
    for (uint32_t i = 0; i < 300; i++) {
        CHECK(dict_at(self, dict, SORT_NUMBER, i) == i);
    }
    CHECK(failures > 4);
    dict_drop(self, dict);
}
BOTH(regression_ck_217_growth_fails)

/* ---- operation sequences beside their model --------------------------------------------------------- */

#define MODEL_BYTES 1600U

static void fill_random(uint8_t *bytes, uint64_t *random) {
    for (size_t i = 0; i < MODEL_BYTES; i++) {
        bytes[i] = (uint8_t)(scenario_random(random) >> 40);
    }
}

static void model_in(weft_thread *self, weft_dict_discipline discipline) {
#if WEFT_TSAN || defined(__SANITIZE_ADDRESS__)
    unsigned sequences = 128;
#else
    unsigned sequences = 512; /* two hundred thousand operations */
#endif
    sequences = scenario_model_sequences(sequences);
    const bool longer = getenv("STRESS_SECONDS") != NULL;
    uint64_t until = scenario_now_ns() + scenario_stress_ns();
    uint64_t random = longer ? scenario_seed() : 20240607;
    static uint8_t bytes[MODEL_BYTES];
    for (unsigned i = 0; i < sequences || (longer && scenario_now_ns() < until); i++) {
        dict_model_setup setup = {discipline, (weft_dict_kind)(i % 4),
                                  (const uint32_t[]){5, 12, 40, 60}[i / 4 % 4],
                                  (const uint64_t[]){0, 1, 3, 0}[i / 16 % 4]};
        bool narrow = i / 64 % 2 != 0;
        weft_dict_set_widths(narrow ? 3 : WEFT_DICT_BITS_16, narrow ? 4 : WEFT_DICT_BITS_32);
        fill_random(bytes, &random);
        if (dict_model_run(self, &setup, bytes, MODEL_BYTES) != 0) {
            size_t size = dict_model_shrink(self, &setup, bytes, MODEL_BYTES);
            dict_model_print(bytes, size);
            CHECK_UNREACHED("the dict differs from its model after these operations");
            break;
        }
    }
    weft_dict_set_widths(WEFT_DICT_BITS_16, WEFT_DICT_BITS_32);
}

static void model_random_operations(void) {
    dict_with_both(model_in);
}

static void failing_sequences_shrink(void) {
    weft_thread *self = dict_begin();
    static uint8_t bytes[MODEL_BYTES];
    const dict_model_setup setup = {WEFT_DICT_DEFERRED, WEFT_DICT_SYMBOLS, 40, 0};
    uint64_t random = 7;
    fill_random(bytes, &random);
    dict_model_sabotage = 17; /* reserve */
    CHECK(dict_model_run(self, &setup, bytes, MODEL_BYTES) != 0);
    size_t size = dict_model_shrink(self, &setup, bytes, MODEL_BYTES);
    CHECK(dict_model_run(self, &setup, bytes, size) != 0);
    CHECK(size / DICT_MODEL_STEP >= 2 && size / DICT_MODEL_STEP <= 5);
    dict_model_sabotage = 0;
    CHECK(dict_model_run(self, &setup, bytes, size) == 0);
    dict_end(self);
}

const scenario dict_scenarios[] = {
    {"AnEmptyDict", an_empty_dict},
    {"ItemsComeInTheOrderOfInsertion", items_come_in_the_order_of_insertion},
    {"EqualKeysOfDifferentSorts", equal_keys_of_different_sorts},
    {"Conversions", conversions},
    {"DictsOfAShapeShareKeys", dicts_of_a_shape_share_keys},
    {"DeparturesFromTheShape", departures_from_the_shape},
    {"AllWidths", all_widths},
    {"Collisions", collisions},
    {"HashesAreSpread", hashes_are_spread},
    {"HashesAreSpreadByHalvesAsWell", hashes_are_spread_by_halves_as_well},
    {"BytesPerEntry", bytes_per_entry},
    {"PromptDictsDropAtOnce", prompt_dicts_drop_at_once},
    {"WhatWasTakenOutIsNotKept", what_was_taken_out_is_not_kept},
    {"DeferredDictsDropAfterAGracePeriod", deferred_dicts_drop_after_a_grace_period},
    {"PopAndSetDefaultGiveReferences", pop_and_set_default_give_references},
    {"PopitemLeavesItsEntry", popitem_leaves_its_entry},
    {"PopitemPassesGapsOnce", popitem_passes_gaps_once},
    {"PopitemAtRandom", popitem_at_random},
    {"Snapshots", snapshots},
    {"SnapshotThaw", snapshot_thaw},
    {"AThawedTableKeepsItsWidths", a_thawed_table_keeps_its_widths},
    {"CopiesAndUpdates", copies_and_updates},
    {"Iteration", iteration},
    {"StrictIterationNoticesKeys", strict_iteration_notices_keys},
    {"StrictIterationNoticesAChangeAndBack", strict_iteration_notices_a_change_and_back},
    {"StrictIterationSurvivesAThaw", strict_iteration_survives_a_thaw},
    {"StrictIterationSurvivesCopies", strict_iteration_survives_copies},
    {"StrictIterationTellsCopiesApart", strict_iteration_tells_copies_apart},
    {"CachesOfHits", caches_of_hits},
    {"CachesOfMisses", caches_of_misses},
    {"CachesOfStores", caches_of_stores},
    {"AStoreTrustsItsCache", a_store_trusts_its_cache},
    {"NegativeCacheFillRace", negative_cache_fill_race},
    {"MemoryStaysBounded", memory_stays_bounded},
    {"DictsThatBecomeSmallShrink", dicts_that_become_small_shrink},
    {"ClearGivesMemoryBack", clear_gives_memory_back},
    {"ReserveMakesRoom", reserve_makes_room},
    {"AsManyAsThereCanBe", as_many_as_there_can_be},
    {"ItemsOfSharedDictsAreFlagged", items_of_shared_dicts_are_flagged},
    {"WatchersAreTold", watchers_are_told},
    {"CollectorsTraverse", collectors_traverse},
    {"ClearEndsCycles", clear_ends_cycles},
    {"MisuseIsFatal", misuse_is_fatal},
    {"AllocationFailureAtEveryAllocation", allocation_failure_at_every_allocation},
    {"AllocationFailureOfAConversion", allocation_failure_of_a_conversion},
    {"RegressionCk217GrowthFails", regression_ck_217_growth_fails},
    {"ModelRandomOperations", model_random_operations},
    {"FailingSequencesShrink", failing_sequences_shrink},
    {NULL, NULL},
};
