/* maps_loops.h: the loops and the table of one kind of map. Included once by its file, which has defined
 *     MAP                                        the name of the table
 *     here_prepare(size), here_make(size, symbols), here_drop(), here_enter, here_leave, here_sleep, here_wake
 *     here_self, here_me()                       what a thread reads with, for a register
 *     bool here_read(here_self self, uint64_t key)               keys of integers and of symbols alike: see here_key
 *     void here_set(uint64_t key, uint32_t number), here_remove(uint64_t key)
 *     here_begin_reading, here_end_reading(void) around some look-ups; the end is a moment without reading
 * and, if it does not take words as they are, here_key(uint32_t number, bool symbol).
 */
#include "bench/suites/maps.h"

#ifndef HERE_SELF
typedef int here_self;
static inline here_self here_me(void) {
    return 0;
}
#endif

#ifndef HERE_KEY
static inline uint64_t here_key(uint32_t number, bool symbol) {
    return symbol ? (uint64_t)(uintptr_t)bench_symbols[number] : bench_integer(number);
}
#endif

static inline uint32_t here_draw(const bench_loop *loop, uint64_t *random) {
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return loop->from + (uint32_t)(((*random >> 32) * loop->below) >> 32);
}

static inline __attribute__((always_inline)) uint64_t read_some(const bench_loop *loop,
                                                                bool symbol) {
    uint64_t found = 0;
    uint64_t random = *loop->random;
    here_self self = here_me();
    here_begin_reading();
    for (uint32_t i = 0; i < loop->times; i++) {
        found += here_read(self, here_key(here_draw(loop, &random), symbol)) ? 1 : 0;
    }
    here_end_reading();
    *loop->random = random;
    return found;
}

static uint64_t read_integers(const bench_loop *loop) {
    return read_some(loop, false);
}
static uint64_t read_symbols(const bench_loop *loop) {
    return read_some(loop, true);
}

/* `random` is the place among the drawn. */
static inline __attribute__((always_inline)) uint64_t read_drawn(const bench_loop *loop,
                                                                 bool symbol) {
    uint64_t found = 0;
    uint64_t place = *loop->random;
    here_self self = here_me();
    here_begin_reading();
    for (uint32_t i = 0; i < loop->times; i++) {
        uint32_t number = bench_zipf[place++ % BENCH_DRAWN];
        found += here_read(self, here_key(number, symbol)) ? 1 : 0;
    }
    here_end_reading();
    *loop->random = place;
    return found;
}

static uint64_t zipf_of_integers(const bench_loop *loop) {
    return read_drawn(loop, false);
}
static uint64_t zipf_of_symbols(const bench_loop *loop) {
    return read_drawn(loop, true);
}

static inline __attribute__((always_inline)) void write_some(const bench_loop *loop, bool symbol,
                                                             bool replaces) {
    uint64_t random = *loop->random;
    for (uint32_t i = 0; i < loop->times; i++) {
        uint32_t number = here_draw(loop, &random);
        uint64_t key = here_key(number, symbol);
        if (replaces) {
            here_remove(key);
        }
        here_set(key, number);
    }
    *loop->random = random;
}

static void overwrite_integers(const bench_loop *loop) {
    write_some(loop, false, false);
}
static void overwrite_symbols(const bench_loop *loop) {
    write_some(loop, true, false);
}
static void replace_integers(const bench_loop *loop) {
    write_some(loop, false, true);
}
static void replace_symbols(const bench_loop *loop) {
    write_some(loop, true, true);
}

static void fill_integers(size_t size) {
    here_make(size, false);
    for (uint32_t i = 0; i < size; i++) {
        here_set(here_key(i, false), i);
    }
}
static void fill_symbols(size_t size) {
    here_make(size, true);
    for (uint32_t i = 0; i < size; i++) {
        here_set(here_key(i, true), i);
    }
}

static void take_breath(void) {
    here_begin_reading();
    here_end_reading();
}

const bench_map MAP = {here_prepare,
                       {fill_integers, fill_symbols},
                       here_drop,
                       here_enter,
                       here_leave,
                       here_sleep,
                       here_wake,
                       {read_integers, read_symbols},
                       {zipf_of_integers, zipf_of_symbols},
                       {overwrite_integers, overwrite_symbols},
                       {replace_integers, replace_symbols},
                       take_breath};
