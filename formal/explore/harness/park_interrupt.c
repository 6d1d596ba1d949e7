/* A raise is never lost: the waiter is in an interruptible wait that nothing else ends. POLLS: it does not wait, but
 * takes the raise back, and sees what the raiser did before. TAKEN_BACK: the raiser does so, and a wait with a timeout ends by that
 * if not by the raise: neither by what the record's last use has left in it, nor by being poked. */
#include "weft_mutex.h"

#include "harness.h"

static weft_mutex mutex;
static weft_interrupt interrupt;
static int reason;

#ifdef TAKEN_BACK
static void wake(const weft_park_request *request) {
    weft_unpark_one(request->address, NULL, NULL);
}
#endif

static void *waits(void *unused) {
    (void)unused;
#ifdef TAKEN_BACK
    static weft_atomic_u32 word;
    weft_park_request request = {
        .address = &word, .deadline = WEFT_WAIT_FOREVER, .queued = wake, .interruptible = true};
    weft_park_result result = weft_park(&request, NULL);
    assert(result == WEFT_PARK_WOKEN);
    request.queued = NULL;
    request.deadline = 1;
    request.interrupt = &interrupt;
    result = weft_park(&request, NULL);
    assert(result == WEFT_PARK_TIMEOUT || result == WEFT_PARK_INTERRUPTED);
#elif defined(POLLS)
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
#ifdef TAKEN_BACK
    assert(weft_interrupt_clear(&interrupt));
#endif
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {waits, raises};
    weft_mutex_lock(&mutex);
    run_threads(2, bodies);
    weft_mutex_unlock(&mutex);
    assert(weft_load_relaxed_u8(&mutex.state) == 0);
#if !defined(POLLS) && !defined(TAKEN_BACK)
    assert(weft_interrupt_clear(&interrupt));
    assert(!weft_interrupt_clear(&interrupt));
#endif
    return 0;
}
