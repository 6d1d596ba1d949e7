/* lib/dict's tables, read as a program of one thread would read them: plain loads, no look at whose the dict is, but the same
 * layout and the same probing. */
#define DISCIPLINE WEFT_DICT_DEFERRED
#include "bench/suites/maps_weft.h"

static inline __attribute__((always_inline)) weft_dict_pair *find_16(const weft_dict_table *table,
                                                                     uint64_t key, uint64_t mixed) {
    uint64_t word = ((const weft_atomic_u64 *)(table + 1))[mixed & table->mask].value;
    uint64_t others = (word ^ mixed) & table->tags;
    uint64_t matches = (others - WEFT_DICT_EACH) & ~others & WEFT_DICT_TOPS;
    if (WEFT_LIKELY(matches != 0)) {
        size_t number = (size_t)(word >> (__builtin_ctzll(matches) & 48) & table->low);
        weft_dict_pair *pair =
            (weft_dict_pair *)(void *)table->entries + number - WEFT_DICT_FIRST_NUMBER;
        if (WEFT_LIKELY(number >= WEFT_DICT_FIRST_NUMBER && pair->key == key)) {
            return pair;
        }
    } else if (WEFT_LIKELY(((word - WEFT_DICT_EACH) & ~word & WEFT_DICT_TOPS) != 0)) {
        return NULL;
    }
    return weft_dict_find_slow(table, key, mixed);
}

static inline __attribute__((always_inline)) weft_dict_pair *find_32(const weft_dict_table *table,
                                                                     uint64_t key, uint64_t mixed) {
    const weft_atomic_u32 *index = (const weft_atomic_u32 *)(table + 1);
    weft_dict_pair *pairs = (weft_dict_pair *)(void *)table->entries;
    const uint32_t tag = (uint32_t)(mixed >> 32);
    for (uint32_t at = (uint32_t)mixed & table->mask;; at = (at + 1) & table->mask) {
        uint32_t slot = index[at].value;
        size_t number = slot & table->low;
        if ((slot ^ tag) <= table->low && number >= WEFT_DICT_FIRST_NUMBER &&
            pairs[number - WEFT_DICT_FIRST_NUMBER].key == key) {
            return &pairs[number - WEFT_DICT_FIRST_NUMBER];
        }
        if (slot == 0) {
            return NULL;
        }
    }
}

static inline __attribute__((always_inline)) bool here_read(weft_thread *self, weft_dict_key key) {
    (void)self;
    __asm__ volatile("" : : : "memory"); /* anew for each key, as ours does */
    const weft_dict_table *table = dict->table.value;
    uint64_t mixed = weft_dict_mix(weft_dict_own_hash(key));
    weft_dict_pair *pair =
        table->width == 1 ? find_16(table, key, mixed) : find_32(table, key, mixed);
    return pair != NULL && pair->value.value != NULL;
}

#define MAP bench_weft_plain
#include "bench/suites/maps_loops.h"
