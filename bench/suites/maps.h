/* maps.h: a map from words to objects, as the suite `dict` sees it.
 *
 * Keys are drawn by number. A key is an integer, or the address of a symbol (of which our maps take the hash, the others the
 * address as an integer). What is short is offered as a loop, so that each map's inlined calls are inlined and no call through
 * this table is measured. A map's file defines its calls and includes maps_loops.h. One map a process.
 */
#ifndef WEFT_BENCH_MAPS_H
#define WEFT_BENCH_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weft_symbol.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The n-th integer: all different, in no order. */
static inline uint64_t bench_integer(uint32_t number) {
    return ((number + UINT64_C(1)) * UINT64_C(0x9E3779B97F4A7C15)) >> 2;
}

/* The n-th symbol: immortal. bench_symbols_make makes so many, once. */
extern weft_symbol **bench_symbols;
void bench_symbols_make(size_t count);

/* So many numbers of keys, drawn before: 0 very often, the others the more seldom the larger they are (Zipf, with the exponent 1). */
#define BENCH_DRAWN 65536U
extern uint32_t bench_zipf[BENCH_DRAWN];
void bench_zipf_draw(uint32_t below);

typedef struct bench_loop {
    uint64_t *random;
    uint32_t from, below; /* the numbers of the keys */
    uint32_t times;
} bench_loop;

/* [0]: integers, [1]: symbols. */
typedef struct bench_map {
    /* Once: values for so many keys, then the map with them, in numbers' order; by a thread that has entered. */
    void (*prepare)(size_t size);
    void (*fill[2])(size_t size);
    void (*drop)(void); /* the map; its memory is free soon after */
    /* By each thread that takes part; a thread that sleeps says so. */
    void (*enter)(void);
    void (*leave)(void);
    void (*sleep)(void);
    void (*wake)(void);
    uint64_t (*read[2])(const bench_loop *loop); /* how many were there */
    uint64_t (*read_zipf[2])(const bench_loop *loop);
    void (*overwrite[2])(const bench_loop *loop);
    void (*replace[2])(const bench_loop *loop); /* deletes, and inserts again */
    void (*pause)(void);                        /* a moment without reading */
} bench_map;

extern const bench_map bench_weft_borrow, bench_weft_get, bench_weft_prompt, bench_weft_plain;
extern const bench_map bench_ck_ht, bench_lfht_map, bench_rwlock_map;
extern const bench_map bench_tbb_words, bench_absl_map, bench_boost_concurrent;
extern const bench_map bench_cpython_map;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_BENCH_MAPS_H */
