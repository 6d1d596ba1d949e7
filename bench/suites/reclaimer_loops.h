/* reclaimer_loops.h: the loops and the table of one scheme. Included once by its file, which has
 * defined
 *     RECLAIMER                           the name of the table
 *     here_start, here_enter, here_leave, here_synchronize, here_settle
 *     here_thread here_self(void)         what the thread has in a register
 *     here_pause(here_thread)             offline and online
 *     here_begin_reading, here_end_reading(here_thread)
 *     here_retire(here_thread, void *block, size_t size)
 *     here_tick(here_thread)              after some retires: a moment without reading
 *     HERE_QUIESCENT(thread)              if the scheme has quiescent states
 */
#include "bench/suites/reclaimer.h"

#include <stdlib.h>

/* An interpreter's work between two such calls: whatever is in memory is loaded again. */
#define FORGET_MEMORY() __asm__ volatile("" : : : "memory")

#ifdef HERE_QUIESCENT
static void quiescent_states(uint64_t count) {
    here_thread self = here_self();
    (void)self;
    for (; count != 0; count--) {
        HERE_QUIESCENT(self);
        FORGET_MEMORY();
    }
}
#endif

static void pauses(uint64_t count) {
    here_thread self = here_self();
    for (; count != 0; count--) {
        here_pause(self);
        FORGET_MEMORY();
    }
}

static void read_for(uint32_t steps) {
    here_thread self = here_self();
    here_begin_reading(self);
    for (uint64_t chain = steps; steps != 0; steps--) {
        chain = chain * 6364136223846793005U + 1;
        __asm__ volatile("" : "+r"(chain));
    }
    here_end_reading(self);
}

static void churn(uint64_t count, size_t size) {
    here_thread self = here_self();
    for (uint64_t i = 0; i < count; i++) {
        here_retire(self, malloc(size), size);
        if (i % BENCH_RETIRES_PER_PAUSE == BENCH_RETIRES_PER_PAUSE - 1) {
            here_tick(self);
        }
    }
}

static void retire_block(void *block, size_t size) {
    here_thread self = here_self();
    here_retire(self, block, size);
    here_tick(self);
}

const bench_reclaimer RECLAIMER = {
    .start = here_start,
    .enter = here_enter,
    .leave = here_leave,
#ifdef HERE_QUIESCENT
    .quiescent_states = quiescent_states,
#endif
    .pauses = pauses,
    .read = read_for,
    .synchronize = here_synchronize,
    .churn = churn,
    .retire = retire_block,
    .settle = here_settle,
};
