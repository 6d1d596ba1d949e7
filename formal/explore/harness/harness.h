/* harness.h: what harnesses share. A harness is a small program in C11, pthreads and assert, with a
 * bounded number of steps: the explorer runs every execution of it, the tests run it natively, and
 * other checkers (GenMC, Dartagnan) take it as it is.
 *
 * THREADS is the number of threads besides main, where a harness leaves it open. With CLEAR_HINTS the
 * hints are clear at first: unlocks are plain stores, and the first to sleep runs the heavy fence. */
#ifndef WEFT_HARNESS_H
#define WEFT_HARNESS_H

#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "explore.h"

#ifndef THREADS
#define THREADS 2
#endif

#ifdef WEFT_ATOMIC_H
/* Until the word has this value. Acquire: what was done before it was stored is seen. */
static inline void await_value(weft_atomic_u32 *word, uint32_t value) {
    while (weft_load_acquire_u32(word) != value) {
    }
}
#endif

#ifdef WEFT_THREAD_H
/* The calling thread, registered and attached. */
static inline weft_thread *enter(weft_runtime *runtime) {
    weft_thread *self = NULL;
    assert(weft_thread_register(runtime, NULL, &self) == WEFT_THREAD_OK);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
    return self;
}
#endif

/* Runs body(argument i) in thread i, for n threads, until all have ended. The parking lot has been
 * used before, unless FIRST_PARK asks for what happens only once in a process. */
static inline void run_threads(int n, void *(*const bodies[])(void *)) {
    pthread_t threads[8];
#if defined(WEFT_PARK_H) && defined(CLEAR_HINTS)
    weft_park_set_asymmetric(true);
#endif
#if defined(WEFT_PARK_H) && !defined(FIRST_PARK)
    static char nobody;
    weft_unpark_one(&nobody, NULL, NULL);
#endif
    for (int i = 0; i < n; i++) {
        pthread_create(&threads[i], NULL, bodies[i], (void *)(uintptr_t)i);
    }
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* The same body in THREADS threads. */
static inline void run_alike(void *(*body)(void *)) {
    void *(*bodies[8])(void *);
    for (int i = 0; i < THREADS; i++) {
        bodies[i] = body;
    }
    run_threads(THREADS, bodies);
}

#endif /* WEFT_HARNESS_H */
