/* One thread owns a mutex and unlocks it by a plain store, while another switches to the symmetric protocol
 * and then comes to wait: the fence of the switch is the only one between the two. ASKS: it asks for the
 * asymmetric one instead, once more, which is a switch to the symmetric one where the fence is refused. */
#include "weft_mutex.h"

#include "harness.h"

static weft_mutex mutex;

static void *owns(void *unused) {
    (void)unused;
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex);
    return NULL;
}

static void *switches_and_waits(void *unused) {
    (void)unused;
#ifdef ASKS
    weft_park_set_asymmetric(true);
#else
    weft_park_set_asymmetric(false);
#endif
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex);
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {owns, switches_and_waits};
    run_threads(2, bodies);
    assert(!weft_mutex_is_locked(&mutex));
#ifndef ASKS
    weft_park_description now;
    weft_park_describe(&now);
    assert(now.clear_hints == 0);
#endif
    return 0;
}
