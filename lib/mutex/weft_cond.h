/* weft_cond.h: a condition variable of one byte.
 *
 * What it is for: to wait, with a weft_mutex, until something that the mutex guards has changed.
 * Zero is a condition nobody waits for; nothing has to be initialised or destroyed. When not to use
 * it: to wait for one thing that happens once (weft_event.h).
 *
 *     weft_mutex_lock(&lock);
 *     while (queue_is_empty()) {                    // a loop: see Spurious wake-ups
 *         weft_cond_wait(&not_empty, &lock);
 *     }
 *     take_from_queue();
 *     weft_mutex_unlock(&lock);
 *     ...
 *     weft_mutex_lock(&lock);
 *     put_into_queue();
 *     weft_mutex_unlock(&lock);
 *     weft_cond_notify_one(&not_empty);             // with or without the mutex
 *
 * The byte
 *     bit 0   HAS_PARKED   some thread sleeps on the condition, or is about to
 *
 *     HAS_PARKED   means                      who changes it
 *     0            a notify has nothing       a waiter, owner of its mutex: -> 1, by RMW
 *                  to do
 *     1            a notify looks for         a notifier, or a waiter that gives up, under the
 *                  waiters                    bucket's lock, if nobody remains queued: -> 0
 *
 *     Invariant. While a thread is queued on the address, HAS_PARKED is set; and a waiter is queued
 *     before it releases its mutex. So whoever changes the guarded state under the mutex and
 *     notifies afterwards, at any time, reaches every thread that waited for the old state.
 *
 * Spurious wake-ups. A wait may return without a notify, and the state that was notified may have
 * been changed again by another thread before this one has the mutex: wait in a loop.
 *
 * Rules
 *   - Notified state changes under the mutex. A notify that no ownership of the mutex precedes may
 *     miss a thread that is about to wait.
 *   - The mutex is the waiter's again whenever a wait returns, whatever the result. The time it
 *     takes to get it back is not part of the timeout and cannot be interrupted.
 *   - A wait that ends by a timeout or an interrupt has used up no notification.
 *   - Nothing is held while a world is stopped: the mutex is taken only after the thread is
 *     attached. A notification that finds a thread whose world is stopping wakes the next waiter as
 *     well, if there is one, so that no notification sleeps in a stopped world; the first thread's
 *     wake-up may then be one too many.
 *   - A notifier does not touch the byte after the wake: the woken thread may free it, if it knows
 *     that no other notify has begun.
 *   - Threads may wait for one condition with different mutexes; each gets its own back.
 *   - Fork: in the child nobody waits, and the condition works. The mutex: see weft_mutex.h.
 *   - A condition overwritten with zero while others wait: they stay asleep until a later waiter
 *     has queued and enough notifies, or one weft_cond_notify_all, have come. Nothing else is
 *     damaged.
 *
 * Not promised. That a wait returns only after a notify (see Spurious wake-ups), and in which order woken threads
 * get the mutex.
 *
 * Orders. The mutex's. A notify by itself also happens before the return of the wait that it ends.
 *
 * Cost: a notify that finds nobody waiting: one relaxed load. notify_all wakes all, and they queue
 * up for the mutex: with many waiters, notify_one as often as there is work.
 *
 * Source. A. Birrell, "Implementing Condition Variables with Semaphores" (2003), for the trap of a
 * wake-up lost between releasing the mutex and sleeping; queueing first, then releasing, is as in
 * WebKit's ParkingLot condition.
 */
#ifndef WEFT_COND_H
#define WEFT_COND_H

#include "weft_mutex.h"

WEFT_BEGIN_DECLS

typedef struct weft_cond {
    weft_atomic_u8 state;
} weft_cond;

WEFT_STATIC_ASSERT(sizeof(weft_cond) == 1, "the condition is one byte");

#define WEFT_COND_HAS_PARKED 1U
#define WEFT_COND_INIT {WEFT_ATOMIC_INIT(0)}

/* Releases the mutex, waits, and locks the mutex again. By the mutex's owner; a mutex that is not
 * locked is fatal. May detach. */
void weft_cond_wait_at(weft_cond *cond, weft_mutex *mutex, const char *site);

/* Waits at most `timeout` nanoseconds (see WEFT_FOREVER); zero or negative: releases the mutex,
 * looks once, and locks it again. WEFT_LOCK_OK or WEFT_LOCK_TIMEOUT; a timeout is never early. May
 * detach. */
weft_lock_result weft_cond_wait_for_at(weft_cond *cond, weft_mutex *mutex, int64_t timeout,
                                       const char *site);

/* As weft_cond_wait_for; also ends, with WEFT_LOCK_INTERRUPTED, when a signal handler ran while the
 * thread slept, or when weft_interrupt_raise(interrupt) was called, then or before. `interrupt` may
 * be NULL: signals only (where they are told: weft_lock.h). */
weft_lock_result weft_cond_wait_interruptible_at(weft_cond *cond, weft_mutex *mutex,
                                                 int64_t timeout, weft_interrupt *interrupt,
                                                 const char *site);

#if WEFT_CHECKED
#define weft_cond_wait(cond, mutex) weft_cond_wait_at((cond), (mutex), WEFT_HERE)
#define weft_cond_wait_for(cond, mutex, timeout)                                                   \
    weft_cond_wait_for_at((cond), (mutex), (timeout), WEFT_HERE)
#define weft_cond_wait_interruptible(cond, mutex, timeout, interrupt)                              \
    weft_cond_wait_interruptible_at((cond), (mutex), (timeout), (interrupt), WEFT_HERE)
#else
static inline void weft_cond_wait(weft_cond *cond, weft_mutex *mutex) {
    weft_cond_wait_at(cond, mutex, NULL);
}
static inline weft_lock_result weft_cond_wait_for(weft_cond *cond, weft_mutex *mutex,
                                                  int64_t timeout) {
    return weft_cond_wait_for_at(cond, mutex, timeout, NULL);
}
static inline weft_lock_result weft_cond_wait_interruptible(weft_cond *cond, weft_mutex *mutex,
                                                            int64_t timeout,
                                                            weft_interrupt *interrupt) {
    return weft_cond_wait_interruptible_at(cond, mutex, timeout, interrupt, NULL);
}
#endif

/* Slow paths, not called by users. */
void weft_cond_notify_one_slow(weft_cond *cond);
void weft_cond_notify_all_slow(weft_cond *cond);

/* Wakes the thread that has waited longest, or all that wait now. Any thread, with or without the
 * mutex. Never block beyond a bucket's short lock, never detach. */
static inline void weft_cond_notify_one(weft_cond *cond) {
    /* Relaxed: a thread that this notify must reach set the bit before it released the mutex, which
     * the caller has owned since. */
    if (WEFT_UNLIKELY(weft_load_relaxed_u8(&cond->state) != 0)) {
        weft_cond_notify_one_slow(cond);
    }
}
static inline void weft_cond_notify_all(weft_cond *cond) {
    /* Relaxed: see weft_cond_notify_one. */
    if (WEFT_UNLIKELY(weft_load_relaxed_u8(&cond->state) != 0)) {
        weft_cond_notify_all_slow(cond);
    }
}

WEFT_END_DECLS

#endif /* WEFT_COND_H */
