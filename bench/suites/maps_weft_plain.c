/* lib/dict's tables, read as a program of one thread would read them: plain loads, no look at whose the dict is, but the same
 * layout and the same probing. */
#define DISCIPLINE WEFT_DICT_DEFERRED
#include "bench/suites/maps_weft.h"

#define FIND(bits)                                                                                 \
    static inline __attribute__((always_inline))                                                   \
    weft_dict_pair *find_##bits(const weft_dict_table *table, uint64_t key, uint64_t mixed) {      \
        const weft_atomic_u##bits *index = (const weft_atomic_u##bits *)(table + 1);               \
        weft_dict_pair *pairs = (weft_dict_pair *)table->entries;                                  \
        const uint##bits##_t low = (uint##bits##_t)table->low;                                     \
        const uint##bits##_t tag = (uint##bits##_t)(mixed >> (64 - (bits)));                       \
        for (size_t at = (size_t)mixed & table->mask;; at = (at + 1) & table->mask) {              \
            uint##bits##_t slot = index[at].value;                                                 \
            size_t number = (size_t)(slot & low);                                                  \
            if ((uint##bits##_t)(slot ^ tag) <= low && number >= WEFT_DICT_FIRST_NUMBER &&         \
                pairs[number - WEFT_DICT_FIRST_NUMBER].key == key) {                               \
                return &pairs[number - WEFT_DICT_FIRST_NUMBER];                                    \
            }                                                                                      \
            if (slot == 0) {                                                                       \
                return NULL;                                                                       \
            }                                                                                      \
        }                                                                                          \
    }
FIND(16)
FIND(32)

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
