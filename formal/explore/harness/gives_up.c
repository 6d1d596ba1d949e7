/* A lone waiter gives up, and nothing is left of it: the word says so, and who owns the lock has nothing to look for. WHAT:
 * cond, reader, writer. (mutex_gives_up and event_1_timed are the same for these.) */
#include "weft_cond.h"
#include "weft_rwmutex.h"

#include "harness.h"

#define COND 0
#define READER 1
#define WRITER 2
#ifndef WHAT
#define WHAT COND
#endif

#if WHAT == COND

static weft_mutex mutex;
static weft_cond cond;

static void hold(void) {}

static void *waits_in_vain(void *unused) {
    (void)unused;
    weft_mutex_lock(&mutex);
    assert(weft_cond_wait_for(&cond, &mutex, 1000) == WEFT_LOCK_TIMEOUT);
    weft_mutex_unlock(&mutex);
    return NULL;
}

static void check(void) {
    assert(weft_load_relaxed_u8(&cond.state) == 0);
}

#else

static weft_rwmutex lock;
static uintptr_t held;

static void hold(void) {
    weft_rwmutex_write_lock(&lock);
    held = weft_load_relaxed_uptr(&lock.state);
}

static void *waits_in_vain(void *unused) {
    (void)unused;
    assert((WHAT == READER ? weft_rwmutex_read_lock_for(&lock, 1000)
                           : weft_rwmutex_write_lock_for(&lock, 1000)) == WEFT_LOCK_TIMEOUT);
    return NULL;
}

static void check(void) {
    assert(weft_load_relaxed_uptr(&lock.state) == held);
    weft_rwmutex_write_unlock(&lock);
}

#endif

int main(void) {
    void *(*bodies[])(void *) = {waits_in_vain};
    hold();
    run_threads(1, bodies);
    check();
    return 0;
}
