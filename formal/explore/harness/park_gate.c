/* The example of weft_park.h: a one-shot gate that THREADS threads wait at. */
#include "weft_park.h"

#include "harness.h"

static weft_atomic_u8 gate;
static int behind_the_gate;

static void *waits(void *unused) {
    (void)unused;
    uint8_t seen = 0;
    weft_cas_relaxed_u8(&gate, &seen, 1);
    weft_park_request request = {
        .address = &gate, .size = 1, .mask = 0xff, .expected = 1, .deadline = WEFT_WAIT_FOREVER};
    while (weft_load_acquire_u8(&gate) != 2) {
        weft_park(&request, NULL);
    }
    assert(behind_the_gate == 1);
    return NULL;
}

static void *opens(void *unused) {
    (void)unused;
    behind_the_gate = 1;
    if (weft_exchange_release_u8(&gate, 2) == 1) {
        weft_unpark_all(&gate, NULL, NULL);
    }
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {opens, waits, waits};
    run_threads(1 + THREADS, bodies);
    return 0;
}
