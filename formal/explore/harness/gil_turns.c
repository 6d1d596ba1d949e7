/* With the GIL on one thread runs at a time: two threads count, each between attach and detach.
 * INTERVAL is how long a thread waits before it asks; 0: every release that finds a waiter hands over. TWICE: each has two turns.
 * SWITCHED: main switches the GIL on, or (SWITCHED=0) off, in the middle: whoever is attached holds it, or does not. */
#include "weft_gil.h"
#include "weft_host.h"

#include "harness.h"

#ifndef INTERVAL
#define INTERVAL 1000000000
#endif

static weft_runtime *runtime;
static int counter; /* plain */

enum { GRANTED = 2 }; /* the last value of weft_gil.h's table */

static void run(weft_thread *self) {
    assert(self->holds_gil == weft_gil_is_on(runtime));
    if (self->holds_gil) {
        assert(weft_load_relaxed_ptr(&runtime->gil.holder) == self);
        assert(weft_load_relaxed_u32(&self->gil_signal) != GRANTED ||
               weft_gil_switches(runtime) != 0);
        counter++;
    }
}

static void *takes_a_turn(void *unused) {
    (void)unused;
    weft_thread *self = enter(runtime);
    run(self);
#ifdef TWICE
    weft_thread_detach(self);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    run(self);
#endif
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
#if INTERVAL
    weft_gil_set_interval(runtime, INTERVAL);
    assert(weft_load_relaxed_u64(&runtime->gil.interval) == INTERVAL);
#else
    weft_store_relaxed_u64(&runtime->gil.interval, 0);
#endif
    run_threads(2, bodies);
#ifndef SWITCHED
#ifdef TWICE
    assert(counter == 4);
#else
    assert(counter == 2);
#endif
#endif
    assert(weft_load_relaxed_u32(&runtime->gil.word) == 0);
    assert(weft_load_relaxed_ptr(&runtime->gil.holder) == NULL);
    weft_runtime_release(runtime);
    runtime = weft_runtime_create(&config); /* in the same memory */
    assert(weft_gil_switches(runtime) == 0);
    weft_runtime_release(runtime);
    return 0;
}
