/* A lone waiter gives up: HAS_PARKED is exact, so the owner's unlock has nothing to look for. */
#include "weft_mutex.h"

#include "harness.h"

static weft_mutex mutex;

static void *waits_in_vain(void *unused) {
    (void)unused;
    assert(weft_mutex_lock_for(&mutex, 1000) == WEFT_LOCK_TIMEOUT);
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {waits_in_vain};
    weft_mutex_lock(&mutex);
    run_threads(1, bodies);
    assert(weft_load_relaxed_u8(&mutex.state) == WEFT_MUTEX_LOCKED);
    weft_mutex_unlock(&mutex);
    return 0;
}
