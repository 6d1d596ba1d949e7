/* names_loops.h: the loops and the table of one kind of table. Included once by its file, which has defined
 *     NAMES                                        the name of the table
 *     here_start, here_enter, here_leave, here_sleep, here_wake, here_settle
 *     bool here_find(const bench_text *text, uint64_t hash)
 *     void here_intern(const bench_text *text), here_churn(const bench_text *text)
 *     here_begin_reading, here_end_reading(void)   around some look-ups; the end is a moment without reading
 */
#include "bench/suites/names.h"

/* As random.h's; here also for C. */
static inline uint32_t here_draw(uint64_t *random, uint32_t below) {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (uint32_t)(((*random >> 32) * below) >> 32);
}

static uint64_t look_up_hashed(const bench_text *texts, uint32_t count, uint64_t *random,
                               uint32_t times) {
    uint64_t found = 0;
    here_begin_reading();
    for (; times != 0; times--) {
        const bench_text *text = &texts[here_draw(random, count)];
        found += here_find(text, text->hash) ? 1 : 0;
    }
    here_end_reading();
    return found;
}

static uint64_t look_up(const bench_text *texts, uint32_t count, uint64_t *random, uint32_t times) {
    uint64_t found = 0;
    here_begin_reading();
    for (; times != 0; times--) {
        const bench_text *text = &texts[here_draw(random, count)];
        found += here_find(text, bench_text_hash(text->text, text->length)) ? 1 : 0;
    }
    here_end_reading();
    return found;
}

static void intern_all(const bench_text *texts, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        here_intern(&texts[i]);
    }
}

static void churn_all(const bench_text *texts, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        here_churn(&texts[i]);
    }
}

static void take_breath(void) {
    here_begin_reading();
    here_end_reading();
}

const bench_names NAMES = {here_start, here_enter,     here_leave, here_sleep,
                           here_wake,  look_up_hashed, look_up,    intern_all,
                           churn_all,  take_breath,    here_settle};
