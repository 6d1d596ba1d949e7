/* weft_once.h: something that is done once, in one byte.
 *
 * What it is for: initialisation that many threads may ask for first, and that may fail: an
 * import, a lazily built table. A failure is the result of the call that ran; the next thread that
 * asks tries again. Zero is a once that has not run; nothing has to be initialised or destroyed.
 * When not to use it: to wait for something that another thread does of its own accord
 * (weft_event.h).
 *
 *     static weft_once ready;                       // zero: not done yet
 *     if (weft_once_call(&ready, build_table, argument) != 0) { return out_of_memory(); }
 *     // from here on all that build_table did is visible
 *
 * The byte
 *     bit 0   RUNNING      some thread runs the function
 *     bit 1   HAS_PARKED   some thread sleeps until it has run
 *     bit 2   DONE         it has succeeded
 *
 *     DONE  HAS_PARKED  RUNNING   means                       who changes it
 *     0     0           0         not run, or it failed       any thread: -> 0 0 1, by CAS
 *     0     0           1         running                     the runner: -> 1 0 0 or 0 0 0, by CAS
 *                                                             a waiter: -> 0 1 1, by CAS
 *     0     1           1         running, somebody waits     the runner, under the bucket's lock:
 *                                                             -> 1 0 0 (wakes all)
 *                                                             -> 0 x 0 (failure: wakes one;
 *                                                             x: more queued)
 *     0     1           0         it failed; a woken thread   any thread: -> 0 1 1, by CAS
 *                                 is on its way to try, and   a thread that was refused, under the
 *                                 others sleep behind it      bucket's lock: -> 0 x 0 (wakes one)
 *     1     0           0         done, for ever              nobody
 *
 *     Invariant. While a thread is queued on the address HAS_PARKED is set, and some thread runs
 *     the function or has been woken to.
 *
 * Rules
 *   - No lock of the library is held while the function runs. The once itself is like a lock that
 *     the runner holds: if the function calls weft_once_call on the same once, it waits for itself
 *     for ever (reported when checked).
 *   - A function that leaves by longjmp or a C++ exception leaves the once running. Who catches it
 *     calls weft_once_end(once, false); code that has to unwind calls weft_once_begin and
 *     weft_once_end itself.
 *   - The right to try becomes a thread's only once it is attached: one whose world is stopping
 *     passes its wake-up on to the next.
 *   - Done is the last change: the byte is not touched after it.
 *   - Fork: in the child, a once that another thread was running stays running; the host
 *     reinitialises it (to zero) together with what the function left half-built. One that the
 *     forking thread runs goes on. Done stays done.
 *   - A once overwritten with zero while others wait for it: they stay asleep until a later waiter
 *     has queued behind them and the run it waits for has succeeded. If a thread runs it, that one's
 *     end is fatal, or, if another has begun meanwhile, ends that one's run, whose own end is fatal
 *     then: the checked build reports the first.
 *
 * Not promised. Which thread tries next after a failure: a waiter is woken for it, any other may come first.
 *
 * Orders. All that the successful run did happens before the return of every weft_once_call that
 * returns 0, and before weft_once_is_done says true. All that a failed run did happens before the
 * next run.
 *
 * Cost: one acquire load once it is done. One CAS before and one after a run that nobody waits for.
 *
 * Source. The once of WebKit's and parking_lot's kind: states in a byte, sleepers in the parking
 * lot. The retry after a failure is as in Rust's OnceLock::get_or_try_init.
 */
#ifndef WEFT_ONCE_H
#define WEFT_ONCE_H

#include "weft_lock.h"
#include "weft_lockcheck.h"

WEFT_BEGIN_DECLS

typedef struct weft_once {
    weft_atomic_u8 state;
} weft_once;

WEFT_STATIC_ASSERT(sizeof(weft_once) == 1, "the once is one byte");

#define WEFT_ONCE_RUNNING 1U
#define WEFT_ONCE_HAS_PARKED 2U
#define WEFT_ONCE_DONE 4U
#define WEFT_ONCE_INIT {WEFT_ATOMIC_INIT(0)}

/* Whether the function has succeeded. Acquire: if so, all that it did is visible. */
static inline bool weft_once_is_done(const weft_once *once) {
    /* Acquire: pairs with the release in weft_once_end and finish. */
    return WEFT_LIKELY(weft_load_acquire_u8(&once->state) == WEFT_ONCE_DONE);
}

/* Slow path, not called by users: begin of a once that was not done a moment ago. */
bool weft_once_begin_slow(weft_once *once, const char *site);

/* Asks to run it. True: this thread is to run it now and to call weft_once_end. False: it is done.
 * Blocks while another thread runs it; may detach. */
static inline bool weft_once_begin_at(weft_once *once, const char *site) {
    weft_park_may_detach();
    return !weft_once_is_done(once) && weft_once_begin_slow(once, site);
}

/* The run is over: successfully, then it is done for ever; or not, then a waiting or later thread
 * tries again. By the thread that began it. Never blocks beyond a bucket's short lock, never
 * detaches. If nothing was running: fatal. */
void weft_once_end_at(weft_once *once, bool succeeded, const char *site);

/* Slow path, not called by users. */
int weft_once_call_slow(weft_once *once, int (*function)(void *), void *argument, const char *site);

/* Runs function(argument) unless it has succeeded already. Returns 0 when it has, now or before; or
 * the value other than 0 of the call made here. Blocks while another thread runs it; may detach. */
static inline int weft_once_call_at(weft_once *once, int (*function)(void *), void *argument,
                                    const char *site) {
    weft_park_may_detach();
    return weft_once_is_done(once) ? 0 : weft_once_call_slow(once, function, argument, site);
}

#if WEFT_CHECKED
#define weft_once_begin(once) weft_once_begin_at((once), WEFT_HERE)
#define weft_once_end(once, succeeded) weft_once_end_at((once), (succeeded), WEFT_HERE)
#define weft_once_call(once, function, argument)                                                   \
    weft_once_call_at((once), (function), (argument), WEFT_HERE)
#else
static inline bool weft_once_begin(weft_once *once) {
    return weft_once_begin_at(once, NULL);
}
static inline void weft_once_end(weft_once *once, bool succeeded) {
    weft_once_end_at(once, succeeded, NULL);
}
static inline int weft_once_call(weft_once *once, int (*function)(void *), void *argument) {
    return weft_once_call_at(once, function, argument, NULL);
}
#endif

WEFT_END_DECLS

#endif /* WEFT_ONCE_H */
