/* A waiter sees what the setter did before, and may free the event at once: set does not touch it
 * after the byte says so. RESET: the waiter is a worker that resets, then takes; no item is forgotten.
 * TIMED: the wait has a timeout, which may come; with THREADS 1 it comes, and nothing is left of it. SETS: how often each sets. */
#include "weft_event.h"

#include "harness.h"

#ifndef SETS
#define SETS 1
#endif

static weft_event *event;
#ifndef RESET
static int item;
#endif
#ifdef RESET
static weft_atomic_u32 items;
#endif

static void *sets(void *unused) {
    (void)unused;
#ifndef RESET
    item = 1;
#endif
    for (int i = 0; i < SETS; i++) {
#ifdef RESET
        weft_store_relaxed_u32(&items, (uint32_t)i + 1); /* how many there are: the setter is one */
#endif
        weft_event_set(event);
    }
    return NULL;
}

#if defined(RESET)
static void *waits(void *unused) {
    (void)unused;
    uint32_t taken = 0;
    while (taken < SETS) {
        weft_event_wait(event);
        (void)weft_event_reset(event);
        taken = weft_load_relaxed_u32(&items);
    }
    return NULL;
}
#elif defined(TIMED)
static void *waits(void *unused) {
    (void)unused;
    weft_lock_result result = weft_event_wait_for(event, 1000);
    if (result == WEFT_LOCK_OK) {
        assert(item == 1);
        assert(weft_event_is_set(event));
    } else {
        assert(result == WEFT_LOCK_TIMEOUT);
    }
    return NULL;
}
#else
static void *waits(void *unused) {
    (void)unused;
    weft_event_wait(event);
    assert(item == 1);
    free(event);
    return NULL;
}
#endif

int main(void) {
    void *(*bodies[])(void *) = {waits, sets, sets};
    event = calloc(1, sizeof *event);
    run_threads(THREADS, bodies);
#ifdef TIMED
    assert(weft_load_relaxed_u8(&event->state) == (THREADS > 1 ? WEFT_EVENT_SET : 0));
    free(event);
#elif defined(RESET)
    assert(SETS > 1 || !weft_event_is_set(event));
    free(event);
#endif
    return 0;
}
