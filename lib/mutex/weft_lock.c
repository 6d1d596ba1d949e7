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

/* A model checker compiles with fewer steps: the spin changes nothing but speed. Measured with 8
 * threads pinned to 2 virtual cores, none of them idle otherwise. Pauses: half and twice as many change
 * throughput by less than the noise. Yields: without any the longest wait for a mutex in sections of 20
 * ns is 12 to 16 ms, whole time slices; with three to eight it is 3 to 7 ms, and was 11 once. Fewer than
 * seven lose throughput in sections of 1 us (three: a sixth), more gain nothing. */
#ifndef WEFT_SPIN_STEPS
#define WEFT_SPIN_STEPS 6
#endif
#ifndef WEFT_SPIN_YIELD_STEPS
#define WEFT_SPIN_YIELD_STEPS 10
#endif
enum { PAUSES_BEFORE_YIELDS = 3 };

static void pause_for(int step) {
    for (unsigned i = 0; i < 1U << (unsigned)step; i++) {
        weft_spin_pause();
    }
}

bool weft_backoff_pause(weft_backoff *backoff) {
    if (backoff->step >= WEFT_SPIN_STEPS) {
        return false;
    }
    pause_for(backoff->step++);
    return true;
}

bool weft_backoff_yield(weft_backoff *backoff) {
    if (backoff->step >= WEFT_SPIN_YIELD_STEPS) {
        return false;
    }
    if (backoff->step < PAUSES_BEFORE_YIELDS) {
        pause_for(backoff->step);
    } else {
        weft_yield();
    }
    backoff->step++;
    return true;
}
