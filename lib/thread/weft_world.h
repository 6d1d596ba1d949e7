/* weft_world.h: stop the world: all threads of a runtime, or of all runtimes, but the caller.
 *
 * What it is for: what no lock can protect: collecting cycles, switching the GIL, changing code that
 * others run, fork. When not to use it: for anything a critical section or a grace period can do.
 *
 *     if (weft_world_stop(self) == WEFT_THREAD_OK) {
 *         for (weft_thread *t = weft_world_first(runtime); t != NULL; t = weft_world_next(t)) {...}
 *         weft_world_resume(self);
 *     }
 *
 * How it works. The stopper takes the runtime's list lock and keeps it until it resumes. It sets
 * STOP in each slot; the slots that were attached at that moment are counted, and only those are
 * waited for: each arrives once, at a safepoint or by detaching, and the last one wakes the stopper.
 * A detached thread notices nothing unless it wants to attach. No interval, no polling.
 *
 * In a stopped world
 *   - no other thread of the runtime is attached, none registers or unregisters, none holds a
 *     critical section, none has claimed a slot;
 *   - the stopper may act for any thread of the runtime, without claiming it;
 *   - the stopper may begin critical sections: nobody else holds one (an object can be locked for a
 *     moment yet, by a thread that was just handed it and gives it back). It must not wait for a plain
 *     mutex: its owner may be stopped or asleep. The checked build reports every wait in a stopped
 *     world;
 *   - the stopper does not detach, register, unregister, fork, make or end a runtime, or stop again: fatal.
 * Others that want to stop the same world wait in line, detached: they count as stopped.
 *
 * Not promised. A bound on the time it takes: an attached thread that passes no safepoint holds it up for ever.
 *
 * Cost: one RMW for each thread, one wake for each that waits to attach when the world resumes;
 * nothing for threads that stay detached. Latency: the slowest attached thread's next safepoint.
 */
#ifndef WEFT_WORLD_H
#define WEFT_WORLD_H

#include "weft_thread.h"

WEFT_BEGIN_DECLS

/* Stops the world of the thread's runtime, which goes on when weft_world_resume is called. What the
 * stopped threads did is visible. Waits for other stoppers and for the threads; may detach, and
 * suspends outer critical sections then. WEFT_THREAD_OK, or WEFT_THREAD_CLOSED if the runtime was
 * closed by another thread while this one waited (and its `gone` hook returned). Fatal when the
 * thread is not attached, or has stopped a world already. */
weft_thread_result weft_world_stop(weft_thread *self) WEFT_WARN_UNUSED;
void weft_world_resume(weft_thread *self);

/* The same over all runtimes of the process. No runtime is made or dies meanwhile. */
weft_thread_result weft_world_stop_all(weft_thread *self) WEFT_WARN_UNUSED;
void weft_world_resume_all(weft_thread *self);

/* The threads of a runtime, in a stopped world. */
static inline weft_thread *weft_world_first(const weft_runtime *runtime) {
    return runtime->threads;
}
static inline weft_thread *weft_world_next(const weft_thread *thread) {
    return thread->next;
}

/* ---- for the other files of this folder ------------------------------------------------------ */

/* An attached thread that found STOP has left: the last one wakes the stopper. */
void weft_world_arrive_(weft_runtime *runtime);

/* Stops and resumes all worlds but for `self` (may be NULL). With the process's list lock held. */
void weft_world_stop_each_(weft_runtime *runtimes, weft_thread *self);
void weft_world_resume_each_(weft_runtime *runtimes, weft_thread *self);

WEFT_END_DECLS

#endif /* WEFT_WORLD_H */
