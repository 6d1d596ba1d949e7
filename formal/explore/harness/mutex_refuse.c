/* A runtime whose world may be stopping whenever a waiter was woken: it gives back what it was
 * handed, waits, and queues again; nobody is forgotten. FAIRNESS 0: handoffs are refused; else the
 * woken thread's place in the queue. */
#include "weft_mutex.h"

#include "harness.h"

static weft_mutex mutex;
static int sections;
static _Thread_local int self;
static _Thread_local int refusals;

static void *current(void) {
    return &self;
}
static void enter(void *context) {
    (void)context;
}
static bool try_leave(void *context) {
    (void)context;
    return refusals++ > 0 || explore_choose(2) == 0;
}
static void leave(void *context) {
    (void)context;
}

static const weft_park_hook HOOK = {current, enter, try_leave, leave, NULL};

static void *lock_and_count(void *unused) {
    (void)unused;
    weft_mutex_lock(&mutex);
    sections++;
    weft_mutex_unlock(&mutex);
    return NULL;
}

int main(void) {
#ifdef FAIRNESS
    weft_mutex_set_fairness(FAIRNESS);
#endif
    weft_park_set_hook(&HOOK);
    run_alike(lock_and_count);
    assert(sections == THREADS);
    return 0;
}
