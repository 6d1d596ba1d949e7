/* One thread in several queues at once, for it parks again when it is told that it is queued: a few threads
 * make many wait records and fill the table. DEPTH levels each. No record is lost or used twice: those of all
 * threads are enough in the end. WAKES: the first level is not woken by its own thread but by the
 * other, which has to find it wherever growth has moved it. */
#include "weft_park.h"

#include "harness.h"

#ifndef DEPTH
#define DEPTH 2
#endif

static weft_atomic_u32 gates[2][8];

typedef struct level {
    weft_atomic_u32 *gate;
    int below;
    bool woken_by_other;
} level;

static void park_at(weft_atomic_u32 *gate, int below, bool woken_by_other);

static void go_down(const weft_park_request *request) {
    const level *here = request->argument;
    if (here->below != 0) {
        park_at(here->gate + 1, here->below - 1, false);
    }
    if (!here->woken_by_other) {
        weft_unpark_one(here->gate, NULL, NULL);
    }
}

static void park_at(weft_atomic_u32 *gate, int below, bool woken_by_other) {
    level here = {gate, below, woken_by_other};
    weft_park_request request = {.address = gate,
                                 .size = 4,
                                 .mask = 1,
                                 .expected = 0,
                                 .deadline = WEFT_WAIT_FOREVER,
                                 .argument = &here,
                                 .queued = go_down};
    (void)weft_park(&request, NULL);
}

#ifndef WAKES

static void *parks(void *index) {
    park_at(gates[(uintptr_t)index], DEPTH - 1, false);
    return NULL;
}

#else

static int opened;

/* The gate may be open before it parks: then it does not. */
static void *parks_and_is_woken(void *unused) {
    (void)unused;
    park_at(gates[0], DEPTH - 1, true);
    while (weft_load_acquire_u32(&gates[0][0]) == 0) {
        park_at(gates[0], DEPTH - 1, true);
    }
    assert(opened == 1);
    return NULL;
}

static void *opens(void *unused) {
    (void)unused;
    opened = 1;
    weft_store_release_u32(&gates[0][0], 1);
    weft_unpark_all(&gates[0][0], NULL, NULL);
    return NULL;
}

#endif

int main(void) {
    weft_park_description before;
    weft_park_description after;
#ifdef WAKES
    void *(*bodies[])(void *) = {parks_and_is_woken, opens};
#else
    void *(*bodies[])(void *) = {parks, parks};
#endif
    run_threads(2, bodies);
    weft_park_describe(&before);
    assert(before.waiters <= 2 * DEPTH);
    if (before.waiters != 0) {
        park_at(gates[1], (int)before.waiters - 1, false);
    }
    weft_park_describe(&after);
    assert(after.waiters == before.waiters);
    return 0;
}
