/* The only waiter gets the mutex, by a handoff if FAIRNESS is 0: nobody waits any more, and the byte says so. */
#include "weft_mutex.h"

#include "harness.h"

static weft_mutex mutex;

static void *gives(void *unused) {
    (void)unused;
    weft_mutex_unlock(&mutex); /* the owner is the program: main locked it */
    return NULL;
}

static void *takes(void *unused) {
    (void)unused;
    weft_mutex_lock(&mutex);
    assert(weft_load_relaxed_u8(&mutex.state) == WEFT_MUTEX_LOCKED);
    weft_mutex_unlock(&mutex);
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {gives, takes};
#ifdef FAIRNESS
    weft_mutex_set_fairness(FAIRNESS);
#endif
    weft_mutex_lock(&mutex);
    run_threads(2, bodies);
    return 0;
}
