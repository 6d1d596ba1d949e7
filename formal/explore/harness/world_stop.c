/* In a stopped world nobody else is attached, and what was done before is visible on both sides. One thread
 * counts between its safepoints
 *   and passes one; DETACHES: detaches and attaches; EXITS: unregisters
 * while main stops the world, counts and resumes. STOPPERS: the thread stops the world, too. ALL: the thread is in a runtime
 * of its own, and main stops all worlds. */
#include "weft_host.h"
#include "weft_world.h"

#include "harness.h"

static weft_runtime *runtime;
static weft_runtime *others; /* the thread's */
static int counter;          /* plain */

#ifdef ALL
#define STOP weft_world_stop_all
#define RESUME weft_world_resume_all
#else
#define STOP weft_world_stop
#define RESUME weft_world_resume
#endif

static void stop(weft_thread *self) {
    assert(STOP(self) == WEFT_THREAD_OK);
    for (weft_thread *each = weft_world_first(others); each != NULL; each = weft_world_next(each)) {
        assert(each == self || !weft_thread_is_attached(each));
    }
    counter++;
    RESUME(self);
}

static weft_atomic_u32 ready;
static weft_atomic_u32 over;

static void *counts(void *unused) {
    (void)unused;
    weft_thread *self = enter(others);
    weft_store_release_u32(&ready, 1);
#ifdef STOPPERS
    stop(self);
#else
    counter++;
#if defined(DETACHES)
    weft_thread_detach(self);
    assert(weft_thread_attach(self) == WEFT_THREAD_OK);
#elif !defined(EXITS)
    assert(weft_thread_safepoint(self) == 0);
#endif
#ifndef EXITS
    counter++;
#endif
#endif
#ifndef EXITS
    weft_thread_detach(self);
    await_value(&over, 1);
#endif
    weft_thread_unregister(self);
    return NULL;
}

int main(void) {
    pthread_t thread;
    runtime = weft_runtime_create(NULL);
#ifdef ALL
    others = weft_runtime_create(NULL);
#else
    others = runtime;
#endif
    weft_thread *self = enter(runtime);
    pthread_create(&thread, NULL, counts, NULL);
    await_value(&ready, 1);
    stop(self);
    weft_store_release_u32(&over, 1);
    weft_thread_detach(self);
    pthread_join(thread, NULL);
    weft_thread_unregister(self);
#if defined(STOPPERS) || defined(EXITS)
    assert(counter == 2);
#else
    assert(counter == 3);
#endif
#ifdef ALL
    weft_runtime_release(others);
#endif
    weft_runtime_release(runtime);
    return 0;
}
