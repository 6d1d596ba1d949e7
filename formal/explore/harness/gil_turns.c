/* With the GIL on one thread runs at a time: two threads count, each between attach and detach.
 * INTERVAL is how long a thread waits before it asks; 0: every release that finds a waiter hands over.
 * SWITCHED: main switches the GIL on, or (SWITCHED=0) off, in the middle: whoever is attached holds it, or does not. */
#include "weft_gil.h"
#include "weft_host.h"

#include "harness.h"

#ifndef INTERVAL
#define INTERVAL 1000000000
#endif

static weft_runtime *runtime;
static int counter; /* plain */

static void run(const weft_thread *self) {
    assert(self->holds_gil == weft_gil_is_on(runtime));
    if (self->holds_gil) {
        counter++;
    }
}

static void *takes_a_turn(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    run(self);
    weft_thread_unregister(self);
    return NULL;
}

#ifdef SWITCHED
static void *switches(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    assert(weft_gil_set(self, SWITCHED) == WEFT_THREAD_OK);
    run(self);
    weft_thread_unregister(self);
    return NULL;
}
#define FIRST switches
#define ON !SWITCHED
#else
#define FIRST takes_a_turn
#define ON true
#endif

int main(void) {
    void *(*const bodies[])(void *) = {FIRST, takes_a_turn};
    weft_runtime_config config = {.gil = ON};
    runtime = weft_runtime_create(&config);
    weft_store_relaxed_u64(&runtime->gil.interval, INTERVAL);
    run_threads(2, bodies);
#ifndef SWITCHED
    assert(counter == 2);
#endif
    assert(weft_load_relaxed_u32(&runtime->gil.word) == 0);
    weft_runtime_release(runtime);
    return 0;
}
