/* weft_event.h: something happened, in one byte.
 *
 * What it is for: threads wait until another says so: a thread has started, a result is there. It
 * stays set until it is reset, so it does not matter who comes first. Zero is an event that is not
 * set; nothing has to be initialised or destroyed. When not to use it: to hand over one item per
 * set (a condition, weft_cond.h); to guard data (a mutex).
 *
 *     weft_event done = WEFT_EVENT_INIT;            // may live on the waiter's stack
 *     start_thread(worker, &done);                  // ... worker: weft_event_set(done);
 *     weft_event_wait(&done);
 *     // what worker did before the set is visible; done may go out of scope
 *
 * The byte
 *     bit 0   SET          it has happened
 *     bit 1   HAS_PARKED   some thread sleeps until it does, or is about to
 *
 *     SET  HAS_PARKED   means                        who changes it
 *     0    0            not set                      any thread: -> 1 0 (set), by CAS
 *                                                    a waiter: -> 0 1, by CAS
 *     0    1            not set, somebody waits      any thread, under the bucket's lock: -> 1 0
 *                                                    (set, wakes all)
 *                                                    a waiter that gives up, under the bucket's
 *                                                    lock, if the last: -> 0 0
 *     1    0            set                          any thread: -> 0 0 (reset), by RMW
 *     1    1            never
 *
 *     Invariant. While a thread is queued on the address, HAS_PARKED is set.
 *
 * Set and reset by several threads. Every set and every reset is one atomic change of the byte, and
 * they happen one after another. So:
 *   - A set releases all threads that sleep at that moment, even if a reset follows at once. A
 *     thread that has begun to wait but does not sleep yet may find the event reset again, and
 *     waits for the next set. Who must not miss one counts under a mutex (weft_cond.h).
 *   - Nothing is lost between a worker that resets and looks and a producer that changes and sets:
 *         producer:  add an item; weft_event_set(&work);
 *         worker:    weft_event_wait(&work); weft_event_reset(&work); take all items;
 *     Either the set comes after the reset, then the event stays set; or before it, then the worker
 *     sees the item. Take before reset, and an item may be forgotten.
 *
 * Rules
 *   - set does not touch the byte once a waiter may see it set: the waiter may free it at once. Two
 *     threads that both set an event must both know that it lives.
 *   - Nobody's progress depends on a thread that was woken: a set wakes them all, so a thread whose
 *     world is stopping just returns later.
 *   - Fork: in the child nobody waits; set, reset and wait work.
 *   - An event overwritten with zero while others wait: they stay asleep until a later waiter has
 *     queued and the event is set. Nothing else is damaged.
 *
 * Not promised. In which order woken threads return, and that a thread notices a set that was reset before it
 * slept (see above).
 *
 * Orders. All that happened before a set happens before the return of each wait that it ends, before
 * weft_event_is_set says true because of it, and before the return of a reset that undoes it.
 *
 * Cost: wait and is_set when it is set: one acquire load. set: one CAS, also when it is set already
 * (see above). Waking costs one system call per sleeping thread.
 *
 * Source. A manual-reset event of the kind of Windows's and WebKit's; CPython's PyEvent is the same
 * without reset.
 */
#ifndef WEFT_EVENT_H
#define WEFT_EVENT_H

#include "weft_lock.h"

WEFT_BEGIN_DECLS

typedef struct weft_event {
    weft_atomic_u8 state;
} weft_event;

WEFT_STATIC_ASSERT(sizeof(weft_event) == 1, "the event is one byte");

#define WEFT_EVENT_SET 1U
#define WEFT_EVENT_HAS_PARKED 2U
#define WEFT_EVENT_INIT {WEFT_ATOMIC_INIT(0)}

/* Slow paths, not called by users. */
weft_lock_result weft_event_wait_slow(weft_event *event, uint64_t deadline, bool interruptible,
                                      weft_interrupt *interrupt);

/* Whether it is set: true of some moment during the call. Acquire: if so, what happened before the
 * set is visible. */
static inline bool weft_event_is_set(const weft_event *event) {
    /* Acquire: pairs with the release in weft_event_set. */
    return (weft_load_acquire_u8(&event->state) & WEFT_EVENT_SET) != 0;
}

/* Sets it and wakes all who sleep. Never blocks beyond a bucket's short lock, never detaches. Any
 * thread. */
void weft_event_set(weft_event *event);

/* Undoes a set. Returns whether it was set. Never blocks. Any thread. */
bool weft_event_reset(weft_event *event);

/* Blocks until it is set; may detach. */
static inline void weft_event_wait(weft_event *event) {
    weft_park_may_detach();
    if (!weft_event_is_set(event)) {
        (void)weft_event_wait_slow(event, WEFT_WAIT_FOREVER, false, NULL);
    }
}

/* Waits at most `timeout` nanoseconds (see WEFT_FOREVER). WEFT_LOCK_OK: set. WEFT_LOCK_TIMEOUT.
 * Never early. May detach. */
static inline weft_lock_result weft_event_wait_for(weft_event *event, int64_t timeout) {
    weft_park_may_detach();
    return weft_event_is_set(event)
               ? WEFT_LOCK_OK
               : weft_event_wait_slow(event, weft_lock_deadline(timeout), false, NULL);
}

/* As weft_event_wait_for; also returns, with WEFT_LOCK_INTERRUPTED, when a signal handler ran while
 * the thread slept, or when weft_interrupt_raise(interrupt) was called, then or before. `interrupt`
 * may be NULL: signals only (where they are told: weft_lock.h). If the event is set the result is WEFT_LOCK_OK, whether or not an
 * interrupt is pending. */
static inline weft_lock_result weft_event_wait_interruptible(weft_event *event, int64_t timeout,
                                                             weft_interrupt *interrupt) {
    weft_park_may_detach();
    return weft_event_is_set(event)
               ? WEFT_LOCK_OK
               : weft_event_wait_slow(event, weft_lock_deadline(timeout), true, interrupt);
}

WEFT_END_DECLS

#endif /* WEFT_EVENT_H */
