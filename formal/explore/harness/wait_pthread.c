/* A wait compares and sleeps in one step against wakes, on the layer of pthread's mutexes and conditions; and what was done before
 * the word was changed is seen by way of the word. */
#include "weft_wait.h"

#include "harness.h"

#ifdef WEFT_EXPLORE /* the rest of the layer */
uint64_t weft_now_ns(void) {
    return explore_now();
}
int weft_hold_cancellation_(void) {
    return 0;
}
void weft_release_cancellation_(int held) {
    (void)held;
}
#endif

static weft_atomic_u32 word;
static int item;

static void *waits(void *unused) {
    (void)unused;
    while (weft_load_acquire_u32(&word) == 0) {
        (void)weft_wait_word(&word, 0, WEFT_WAIT_FOREVER);
    }
    assert(item == 1);
    return NULL;
}

static void *wakes(void *unused) {
    (void)unused;
    item = 1;
    weft_store_release_u32(&word, 1);
    weft_wake_word(&word);
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {waits, wakes, waits};
    run_threads(THREADS, bodies);
    return 0;
}
