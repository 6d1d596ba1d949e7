/* refuse.h: a runtime whose world may be stopping whenever a waiter was woken: each thread is refused once at most, gives
 * back what it was handed, or its place in the queue, waits, and queues again. refuse_wakes() before the threads run;
 * it does nothing without REFUSES. In refused.c a thread's world goes on only when the other waiter is through. */
#ifndef WEFT_HARNESS_REFUSE_H
#define WEFT_HARNESS_REFUSE_H

#include "weft_park.h"

#include "harness.h"

#ifndef REFUSES
#define REFUSES 0
#endif

static _Thread_local int refuse_self;
static _Thread_local int refuse_count;

static inline void *refuse_current(void) {
    return &refuse_self;
}
static inline void refuse_enter(void *context) {
    (void)context;
}
static inline bool refuse_try_leave(void *context) {
    (void)context;
    return refuse_count++ > 0 || explore_choose(2) == 0;
}
static inline void refuse_leave(void *context) {
    (void)context;
}

static inline void refuse_wakes(void) {
    static const weft_park_hook HOOK = {refuse_current, refuse_enter, refuse_try_leave,
                                        refuse_leave, NULL};
    if (REFUSES != 0) {
        weft_park_set_hook(&HOOK);
    }
}

#endif /* WEFT_HARNESS_REFUSE_H */
