/* A raise is never lost: the waiter is in an interruptible wait that nothing else ends. */
#include "weft_mutex.h"

#include "harness.h"

static weft_mutex mutex;
static weft_interrupt interrupt;

static void *waits(void *unused) {
    (void)unused;
    weft_lock_result result = weft_mutex_lock_interruptible(&mutex, WEFT_FOREVER, &interrupt);
    assert(result == WEFT_LOCK_INTERRUPTED);
    return NULL;
}

static void *raises(void *unused) {
    (void)unused;
    weft_interrupt_raise(&interrupt);
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {waits, raises};
    weft_mutex_lock(&mutex);
    run_threads(2, bodies);
    weft_mutex_unlock(&mutex);
    assert(weft_load_relaxed_u8(&mutex.state) == 0);
    assert(weft_interrupt_clear(&interrupt));
    return 0;
}
