#include "weft_lock.h"

uint64_t weft_lock_deadline(int64_t timeout) {
    if (timeout <= 0) {
        return 0;
    }
    uint64_t now = weft_now_ns();
    if (timeout == WEFT_FOREVER || (uint64_t)timeout >= WEFT_WAIT_FOREVER - now) {
        return WEFT_WAIT_FOREVER;
    }
    return now + (uint64_t)timeout;
}

/* Relaxed, both: a tunable that orders nothing. */
static weft_atomic_u64 fairness = WEFT_ATOMIC_INIT(WEFT_FAIRNESS_NS);

void weft_mutex_set_fairness(uint64_t nanoseconds) {
    weft_store_relaxed_u64(&fairness, nanoseconds);
}

uint64_t weft_mutex_fairness(void) {
    return weft_load_relaxed_u64(&fairness);
}

/* Pauses of 1, 2, 4 ... 32 instructions: about 2 microseconds in all on an AMD Zen 4, a tenth of
 * that where a pause is one cycle. Measured with 8 threads on 2 cores, on a machine that was not
 * idle: half as many and twice as many change throughput by less than the noise, in sections of
 * 20 ns as of 1 us; without any spin 1 us sections lose a tenth or more. A model checker compiles
 * with fewer: the spin changes nothing but speed. */
#ifndef WEFT_SPIN_STEPS
#define WEFT_SPIN_STEPS 6
#endif

bool weft_backoff_pause(weft_backoff *backoff) {
    if (backoff->step >= WEFT_SPIN_STEPS) {
        return false;
    }
    for (unsigned i = 0; i < 1U << (unsigned)backoff->step; i++) {
        weft_spin_pause();
    }
    backoff->step++;
    return true;
}
