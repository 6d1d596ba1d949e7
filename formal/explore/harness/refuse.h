/* refuse.h: a runtime whose world may be stopping whenever a waiter was woken: each thread is refused once at most, gives
 * back what it was handed, or its place in the queue, waits, and queues again. refuse_wakes() before the threads run.
 *
 * REFUSES 2: one thread only, and its world goes on when all others are done: none of them may depend on it. Each calls
 * refuse_done() as the last it does. */
#ifndef WEFT_HARNESS_REFUSE_H
#define WEFT_HARNESS_REFUSE_H

#include "weft_park.h"

#include "harness.h"

#ifndef REFUSES
#define REFUSES 0
#endif

static _Thread_local int refuse_self;
static _Thread_local int refuse_count;
static weft_atomic_u32 refuse_one;
static weft_atomic_u32 refuse_ended;

static inline void *refuse_current(void) {
    return &refuse_self;
}
static inline void refuse_enter(void *context) {
    (void)context;
}
static inline bool refuse_try_leave(void *context) {
    (void)context;
    if (refuse_count++ > 0 || explore_choose(2) == 0) {
        return true;
    }
    return REFUSES == 2 && weft_exchange_relaxed_u32(&refuse_one, 1) != 0;
}
static inline void refuse_leave(void *context) {
    (void)context;
    if (REFUSES == 2) {
        await_value(&refuse_ended, THREADS - 1);
    }
}

static inline void refuse_wakes(void) {
    static const weft_park_hook HOOK = {refuse_current, refuse_enter, refuse_try_leave,
                                        refuse_leave, NULL};
    if (REFUSES != 0) {
        weft_park_set_hook(&HOOK);
    }
}

/* For a thread that the others wait for. */
static inline void refuse_never(void) {
    refuse_count = 1;
}

static inline void refuse_done(void) {
    if (REFUSES == 2) {
        weft_fetch_add_release_u32(&refuse_ended, 1);
    }
}

#endif /* WEFT_HARNESS_REFUSE_H */
