/* reclaimer.h: a scheme of deferred reclamation, as the suite `qsbr` sees it.
 *
 * What is short is offered as a loop, so that each scheme's inlined calls are inlined and no call
 * through this table is measured. A scheme's file defines its calls and includes reclaimer_loops.h,
 * which makes the loops and the table of them.
 */
#ifndef WEFT_BENCH_RECLAIMER_H
#define WEFT_BENCH_RECLAIMER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bench_reclaimer {
    /* Once, before anything else; then by each thread that takes part. */
    void (*start)(void);
    void (*enter)(void);
    void (*leave)(void);

    void (*quiescent_states)(uint64_t count); /* NULL: the scheme has none */
    void (*pauses)(uint64_t count); /* offline and online; or the end and the begin of a section */
    void (*read)(uint32_t steps);   /* reads for so long, then holds nothing for a moment */
    void (*synchronize)(void);

    /* malloc and retire, over and over; free is the callback. */
    void (*churn)(uint64_t count, size_t size);
    void (*retire)(void *block, size_t size); /* to be freed; then a moment without reading */
    void (*settle)(void); /* until all that was retired by this thread is freed */
} bench_reclaimer;

/* How often a thread that retires small nodes holds nothing for a moment. */
#define BENCH_RETIRES_PER_PAUSE 64

extern const bench_reclaimer bench_weft_qsbr;
extern const bench_reclaimer bench_weft_qsbr_call; /* its quiescent state is a call */
extern const bench_reclaimer bench_urcu_qsbr;
extern const bench_reclaimer bench_urcu_qsbr_call;
extern const bench_reclaimer bench_urcu_memb;
extern const bench_reclaimer bench_urcu_bp;
extern const bench_reclaimer bench_ck_epoch;
extern const bench_reclaimer bench_ck_epoch_reading; /* in a section but for the moments */

/* What a quiescent state with nothing to do cannot be cheaper than: a word that others write, compared
 * with one of the thread's own. */
void bench_load_and_compare(uint64_t count);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_BENCH_RECLAIMER_H */
