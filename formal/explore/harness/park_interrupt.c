/* A raise is never lost: the waiter is in an interruptible wait that nothing else ends. POLLS: it does not wait, but
 * takes the raise back, and sees what the raiser did before. */
#include "weft_mutex.h"

#include "harness.h"

static weft_mutex mutex;
static weft_interrupt interrupt;
static int reason;

static void *waits(void *unused) {
    (void)unused;
#ifdef POLLS
    if (weft_interrupt_clear(&interrupt)) {
        assert(reason == 1);
    }
#else
    weft_lock_result result = weft_mutex_lock_interruptible(&mutex, WEFT_FOREVER, &interrupt);
    assert(result == WEFT_LOCK_INTERRUPTED);
    assert(weft_load_relaxed_ptr(&interrupt.waiter) ==
           NULL); /* later raises leave the record alone */
#endif
    return NULL;
}

static void *raises(void *unused) {
    (void)unused;
    reason = 1;
    weft_interrupt_raise(&interrupt);
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {waits, raises};
    weft_mutex_lock(&mutex);
    run_threads(2, bodies);
    weft_mutex_unlock(&mutex);
    assert(weft_load_relaxed_u8(&mutex.state) == 0);
#ifndef POLLS
    assert(weft_interrupt_clear(&interrupt));
#endif
    return 0;
}
