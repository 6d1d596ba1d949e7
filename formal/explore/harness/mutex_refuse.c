/* A runtime whose world may be stopping whenever a waiter was woken: it gives back what it was
 * handed, waits, and queues again; nobody is forgotten. FAIRNESS 0: handoffs are refused; else the
 * woken thread's place in the queue. */
#include "weft_mutex.h"

#define REFUSES 1
#include "refuse.h"

static weft_mutex mutex;
static int sections;

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
    refuse_wakes();
    run_alike(lock_and_count);
    assert(sections == THREADS);
    return 0;
}
