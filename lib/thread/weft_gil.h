/* weft_gil.h: an optional lock that lets one thread of a runtime run at a time.
 *
 * What it is for: running extensions that rely on it, and comparing with and without. Each runtime
 * has one, off unless asked for, switched at run time while its threads run. Attach takes it,
 * detach releases it: no other call is needed. Critical sections lock whether it is on or not.
 *
 * Fair switching. A thread that waits spins for a moment, unless others are queued, and is queued. If
 * the lock has not been handed over for an interval, the longest waiter sets DROP_GIL in the holder's
 * break word and stays awake for a moment; at its next safepoint the holder hands the lock to it and
 * queues behind the others. A holder that detaches releases the lock to
 * whoever comes first, unless the longest waiter has waited an interval: then it is handed over.
 * So the k-th in the queue runs after about k intervals at most, plus the way to a safepoint, and a
 * thread that detaches for a moment does not lose the lock for it.
 *
 * The word of the lock (gil.word)
 *     HELD WAITERS
 *     0    0        free                                   attach: -> 1 0 by CAS
 *     1    0        held, nobody waits                     holder: -> 0 0 by CAS
 *                                                          a waiter, under gil.lock: -> 1 1
 *     1    1        held, threads are queued               holder, under gil.lock: -> 0 1, 1 x
 *     0    1        free, the first in the queue was       any thread, under gil.lock: -> 1 x
 *                   woken to take it
 *     x: threads remain in the queue
 * While WAITERS is set the word changes under gil.lock only.
 *
 * A waiter's signal (gil_signal of its slot)
 *     WAITING   asleep, or about to sleep: whoever changes it wakes it
 *     NEXT      awake, first in the queue: asks the holder, and looks again for a moment
 *     RETRY     woken to compete, still queued in its place
 *     GRANTED   not queued any more; the lock is its own
 * It changes under gil.lock, but for NEXT -> WAITING by the waiter itself, by CAS.
 *
 * Not promised. A bound on the wait while the holder passes no safepoint.
 *
 * Rule. The lock is taken while detached and becomes ownership once attached: a thread that is
 * granted the lock and finds its world stopping releases it. After it has attached it compares the
 * switch again, since the GIL may have been switched in between.
 *
 * A thread that slept for an object's mutex, and was handed it, queues for the GIL with the mutex in
 * hand. So a thread that holds the GIL, has stopped the world and waits for an object lends the GIL
 * to those who queue meanwhile: each finds the world stopped, gives the object back and releases the
 * GIL (weft_critical.c).
 */
#ifndef WEFT_GIL_H
#define WEFT_GIL_H

#include "weft_thread.h"

WEFT_BEGIN_DECLS

/* How long a thread waits before it asks the holder to let go. 5 ms is what CPython uses: long
 * enough that switching costs below 0.1 %, short enough for a user interface. */
#define WEFT_GIL_INTERVAL_NS 5000000U

/* Switches the GIL on or off: stops the world (unless the caller has), switches, lets it go on.
 * The calling thread holds it afterwards, or does not. May detach. Attached. Result as of
 * weft_world_stop. */
weft_thread_result weft_gil_set(weft_thread *self, bool on) WEFT_WARN_UNUSED;

/* Whether it is on: stable for an attached thread until its next may-detach call. */
static inline bool weft_gil_is_on(const weft_runtime *runtime) {
    /* Relaxed: an attached thread has synchronised with the switch when it attached. */
    return weft_load_relaxed_u32(&runtime->gil.on) != 0;
}

/* Nanoseconds a waiter waits before it asks. At any time, by any thread. 0: the default. */
void weft_gil_set_interval(weft_runtime *runtime, uint64_t nanoseconds);

/* How often the lock was handed from one thread to another one that waited. Relaxed. */
static inline uint64_t weft_gil_switches(const weft_runtime *runtime) {
    return weft_load_relaxed_u64(&runtime->gil.switches);
}

/* ---- for the other files of this folder ------------------------------------------------------ */

/* By a detached thread, or one that has stopped the world. */
void weft_gil_take_(weft_thread *self);
void weft_gil_release_(weft_thread *self);
/* In the child of a fork: nobody waits; `holder` has it, or NULL. */
void weft_gil_after_fork_child_(weft_runtime *runtime, weft_thread *holder);

WEFT_END_DECLS

#endif /* WEFT_GIL_H */
