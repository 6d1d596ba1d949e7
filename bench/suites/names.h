/* names.h: a table from texts to objects, as the suite `symbol` sees it.
 *
 * What is short is offered as a loop, so that each table's inlined calls are inlined and no call through this table is measured. A
 * table's file defines its calls and includes names_loops.h, which makes the loops and the table of them. One table a process.
 */
#ifndef WEFT_BENCH_NAMES_H
#define WEFT_BENCH_NAMES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is looked up; and the objects of the peers. */
typedef struct bench_text {
    uint64_t hash;
    uint32_t length;
    char text[20];
} bench_text;

/* The same for all: SipHash-1-3. */
uint64_t bench_text_hash(const char *text, size_t length);

typedef struct bench_names {
    /* Once, for about so many texts; then by each thread that takes part; a thread that sleeps says so. */
    void (*start)(size_t expected);
    void (*enter)(void);
    void (*leave)(void);
    void (*sleep)(void);
    void (*wake)(void);

    /* `times` texts drawn from `count`; how many were found. Hashed: the caller knows the hash. */
    uint64_t (*look_up_hashed)(const bench_text *texts, uint32_t count, uint64_t *random,
                               uint32_t times);
    uint64_t (*look_up)(const bench_text *texts, uint32_t count, uint64_t *random, uint32_t times);
    /* Each of the texts, and keeps it. */
    void (*intern)(const bench_text *texts, uint32_t count);
    /* Each of the texts, and drops or deletes it at once. */
    void (*churn)(const bench_text *texts, uint32_t count);
    void (*pause)(void);  /* a moment without reading */
    void (*settle)(void); /* what was replaced or deleted is freed */
} bench_names;

extern const bench_names bench_weft_immortal;
extern const bench_names bench_weft_weak;
extern const bench_names bench_ck_hs;
extern const bench_names bench_lfht;
extern const bench_names bench_tbb_map;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_BENCH_NAMES_H */
