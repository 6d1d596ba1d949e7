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

/* SPIN_STEPS pauses of 1, 2, 4 ... up to LONGEST_PAUSE instructions. */
#define SPIN_STEPS 12U
#define LONGEST_PAUSE 32U

bool weft_backoff_pause(weft_backoff *backoff) {
    if (backoff->step >= SPIN_STEPS) {
        return false;
    }
    unsigned pauses = backoff->step < 5 ? 1U << backoff->step : LONGEST_PAUSE;
    backoff->step++;
    for (unsigned i = 0; i < pauses; i++) {
        weft_spin_pause();
    }
    return true;
}
