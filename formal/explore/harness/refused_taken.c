/* Two threads wait for what main holds, and the second to queue gives it up. The one that is woken finds its world stopping, and has
 * taken what it waited for by another way when it gives its wake back: who still sleeps is left alone until that is free.
 * WHAT: mutex, once. */
#include "weft_mutex.h"
#include "weft_once.h"

#include "harness.h"

#define MUTEX 0
#define ONCE 1
#ifndef WHAT
#define WHAT MUTEX
#endif

static weft_atomic_u32 queued;
static weft_atomic_u32 refused; /* somebody has been */
static weft_atomic_u32 taken;
static _Thread_local bool must_wait;

#if WHAT == MUTEX

static weft_mutex mutex;

static bool take_at_once(void) {
    return weft_mutex_try_lock(&mutex);
}
static void give_up(void) {
    weft_mutex_unlock(&mutex);
}
static void wait_for_it(void) {
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex);
}

#else

static weft_once once;

static int run(void *unused) {
    (void)unused;
    return 0;
}
static bool take_at_once(void) {
    return weft_once_begin(&once);
}
static void give_up(void) {
    weft_once_end(&once, false);
}
static void wait_for_it(void) {
    assert(weft_once_call(&once, run, NULL) == 0);
}

#endif

static void *current(void) {
    return &must_wait;
}
static void enter(void *context) {
    (void)context;
    if (weft_fetch_add_acq_rel_u32(&queued, 1) == THREADS - 1) {
        give_up();
    }
}
static bool try_leave(void *context) {
    (void)context;
    if (weft_exchange_relaxed_u32(&refused, 1) == 0) {
        must_wait = true;
        assert(take_at_once());
        weft_store_relaxed_u32(&taken, 1);
        return false;
    }
    assert(weft_load_relaxed_u32(&taken) == 0);
    return true;
}
static void leave(void *context) {
    (void)context;
    if (must_wait) {
        must_wait = false;
        weft_store_relaxed_u32(&taken, 0);
        give_up();
    }
}

static void *waits(void *unused) {
    (void)unused;
    wait_for_it();
    return NULL;
}

int main(void) {
    static const weft_park_hook HOOK = {current, enter, try_leave, leave, NULL};
    weft_mutex_set_fairness(UINT64_MAX); /* nothing is handed over */
    weft_park_set_hook(&HOOK);
    assert(take_at_once());
    run_alike(waits);
    weft_park_set_hook(NULL);
    return 0;
}
