/* THREADS threads, ROUNDS sections each: mutual exclusion (the plain counter would race), no lost
 * wake-up (a deadlock otherwise), and a byte that is zero in the end.
 * FAIRNESS: 0 makes every contended unlock a handoff. */
#include "weft_mutex.h"

#include "harness.h"

#ifndef ROUNDS
#define ROUNDS 1
#endif

static weft_mutex mutex;
static int sections;

static void *lock_and_count(void *unused) {
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        weft_mutex_lock(&mutex);
        sections++;
        weft_mutex_unlock(&mutex);
    }
    return NULL;
}

int main(void) {
#ifdef FAIRNESS
    weft_mutex_set_fairness(FAIRNESS);
    assert(weft_mutex_fairness() == FAIRNESS);
#endif
    run_alike(lock_and_count);
    assert(sections == THREADS * ROUNDS);
    weft_mutex_lock(&mutex); /* still works, and orders this read */
    assert(sections == THREADS * ROUNDS);
    weft_mutex_unlock(&mutex);
    assert(weft_load_relaxed_u8(&mutex.state) == 0);
    assert(weft_park_hint(&mutex) != WEFT_HINT_BUSY); /* nobody waits any more */
    return 0;
}
