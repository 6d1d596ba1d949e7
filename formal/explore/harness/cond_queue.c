/* A consumer waits for an item that a producer puts in: no wake-up is lost, whether the producer
 * notifies with the mutex (LOCKED) or without. ALL: one notify for every waiter. TIMED: the first
 * waiter may give up. REFUSES: wakes may be refused (refuse.h). */
#include "weft_cond.h"

#include "refuse.h"

static weft_mutex mutex;
static weft_cond not_empty;
static int items;
static int gave_up;

static void *consumes(void *index) {
    weft_mutex_lock(&mutex);
    while (items == 0) {
#ifdef TIMED
        if (index == NULL) {
            weft_lock_result result = weft_cond_wait_for(&not_empty, &mutex, 1000);
            if (result == WEFT_LOCK_TIMEOUT && items == 0) {
                gave_up = 1;
                weft_mutex_unlock(&mutex);
                return NULL;
            }
            continue;
        }
#endif
        weft_cond_wait(&not_empty, &mutex);
    }
    items--;
    weft_mutex_unlock(&mutex);
    (void)index;
    return NULL;
}

static void *produces(void *unused) {
    (void)unused;
    weft_mutex_lock(&mutex);
    items += THREADS - 1;
#ifndef LOCKED
    weft_mutex_unlock(&mutex);
#endif
#ifdef ALL
    weft_cond_notify_all(&not_empty);
#else
    for (int i = 0; i < THREADS - 1; i++) {
        weft_cond_notify_one(&not_empty);
    }
#endif
#ifdef LOCKED
    weft_mutex_unlock(&mutex);
#endif
    return NULL;
}

int main(void) {
    refuse_wakes();
    void *(*bodies[8])(void *) = {consumes, consumes, consumes};
    bodies[THREADS - 1] = produces;
    run_threads(THREADS, bodies);
    assert(items == gave_up);
    assert(weft_load_relaxed_u8(&not_empty.state) == 0);
    assert(weft_load_relaxed_u8(&mutex.state) == 0);
    return 0;
}
