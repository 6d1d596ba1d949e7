/* One thread has a timeout, which may or may not come: it gets the mutex or it does not, nobody else
 * is lost, and HAS_PARKED goes with the last waiter. */
#include "weft_mutex.h"

#include "harness.h"

static weft_mutex mutex;
static int sections;
static int timed_out;

static void *patient(void *unused) {
    (void)unused;
    weft_mutex_lock(&mutex);
    sections++;
    weft_mutex_unlock(&mutex);
    return NULL;
}

static void *impatient(void *unused) {
    (void)unused;
    weft_lock_result result = weft_mutex_lock_for(&mutex, 1000);
    if (result == WEFT_LOCK_OK) {
        sections++;
        weft_mutex_unlock(&mutex);
    } else {
        assert(result == WEFT_LOCK_TIMEOUT);
        timed_out = 1;
    }
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {impatient, patient, patient};
    run_threads(THREADS, bodies);
    assert(sections + timed_out == THREADS);
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex);
    assert(weft_load_relaxed_u8(&mutex.state) == 0);
    return 0;
}
