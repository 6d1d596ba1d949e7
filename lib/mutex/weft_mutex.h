/* weft_mutex.h: a mutex of one byte that sleeps.
 *
 * What it is for: one per object of an interpreter. Zero is an unlocked mutex, nothing has to be
 * initialised or destroyed, and the memory may be freed by whoever holds it last, at once. When not
 * to use it: between processes; with priority inheritance; from a signal handler; for sections
 * that are entered recursively (weft_recursive.h) or read far more than written (weft_rwmutex.h).
 *
 *     static weft_mutex lock;                 // zero: unlocked
 *     weft_mutex_lock(&lock);
 *     shared++;
 *     weft_mutex_unlock(&lock);
 *
 * The byte
 *     bit 0   LOCKED       somebody owns the mutex
 *     bit 1   HAS_PARKED   somebody sleeps in the parking lot on this address, or is about to
 *     bits 2-7             the host's; locking and unlocking preserve them
 *
 *     LOCKED  HAS_PARKED   means                                  who changes it
 *     0       0            free                                   any thread: -> 1 0, by CAS
 *     1       0            owned; an unlock has nobody to wake    owner: -> 0 0 (unlock): by a plain
 *                                                                 store if the hint is clear and there
 *                                                                 are no host bits, else by CAS
 *                                                                 a waiter: -> 1 1, by CAS
 *     1       1            owned; an unlock looks for waiters     owner, under the bucket's lock:
 *                                                                 -> 0 x (wakes one to compete),
 *                                                                 -> 1 x (handoff)
 *                                                                 a waiter that gives up, under the
 *                                                                 bucket's lock, if the last:
 *                                                                 -> 1 0
 *                                                                 owner, whose plain store was on its
 *                                                                 way: -> 0 0, then looks for waiters
 *     0       1            free; one waiter was woken, and        any thread: -> 1 1, by CAS
 *                          others are queued
 *     x: others stay queued on this address
 *
 *     Invariant. While a thread is queued on the address, its hint is not clear; HAS_PARKED is set, or
 *     a thread whose plain store covered it is on its way to the bucket's lock; and the mutex is owned,
 *     or a thread that was woken, or is about to wake one, is on its way. Whether there are waiters is
 *     decided under the bucket's lock, for this address exactly.
 *
 * The unlock. While nobody sleeps near the address's hash, an unlock is a load of the hint
 * (weft_park.h, "Hints"), a load of the byte, a store of zero and a load of the hint: no atomic
 * read-modify-write. A waiter pays instead: before it sleeps it sets the hint and interrupts all
 * processors that run this process. Where the operating system has no such fence, and while the hint is
 * set, the unlock is a compare-and-swap. docs/asymmetric-unlock.md has the argument, the platforms and
 * what it costs.
 *
 * Fairness. An unlock wakes the first waiter and lets it compete, which is fast; one that has waited longer
 * than the fairness time (weft_lock.h), since it first slept, is handed the mutex instead, so nobody starves.
 * Who was woken and lost queues in front of the others, so that the fairness time is for it, too.
 *
 * Rules
 *   - unlock does not touch the byte after its releasing store, unless a waiter is queued on it: the
 *     next owner may free it.
 *   - Misuse: an unlock that begins while the mutex is not locked is fatal. Of two threads that unlock
 *     one ownership at the same moment, the second may go unnoticed.
 *   - A handoff becomes ownership only once the waiter is attached: a waiter that finds its world
 *     stopping gives the mutex back, or its place to the next in the queue, and queues again.
 *   - Fork: a mutex that another thread held stays locked in the child; the host reinitialises it
 *     (to zero). One that the forking thread held is still held, and works.
 *   - A mutex overwritten with zero while others wait for it and nobody owns it: they stay asleep,
 *     and are woken in order once a later waiter has queued behind them; those with a timeout return
 *     when it is up. If somebody owns it, that owner's unlock is fatal, or, if another thread has
 *     locked meanwhile, releases that thread's ownership: the checked build reports it.
 *
 * Not promised. First come, first served: threads barge until somebody's fairness time is up. Priority
 * inheritance. That an attempt which fails orders anything.
 *
 * Orders. Everything done before an unlock happens before everything after the next lock, also when
 * the mutex was handed over.
 *
 * Cost: one CAS to lock, one or none to unlock; sleeping is one system call, waking one. Before it
 * sleeps a thread gives its processor away up to seven times (weft_backoff_yield), which are system
 * calls, too: fewer lose throughput (weft_lock.c); where many threads share a processor a timeout, an
 * interruption or a stopped world finds it that much later. The first to sleep after a quiet time pays
 * a heavy fence besides. One of the first unlocks of a process, or of the child of a fork, registers the
 * handler for forks, by which the C library may allocate, and the heavy fence: 4 to 25 ms where several
 * threads run. weft_park_decide, which making a runtime calls, does so earlier.
 *
 * Checked build (WEFT_CHECKED): owner, self-deadlock, unlock by a non-owner and lock-order
 * inversion are reported through the host's fatal hook, with both places in the source. See
 * weft_lockcheck.h.
 *
 * Source. Two bits and a parking lot: Filip Pizlo, "Locking in WebKit" (2016); handing over to a
 * waiter after a time: WebKit's fairness and Amanieu d'Antras's parking_lot ("eventual fairness").
 */
#ifndef WEFT_MUTEX_H
#define WEFT_MUTEX_H

#include "weft_lock.h"
#include "weft_lockcheck.h"

WEFT_BEGIN_DECLS

typedef struct weft_mutex {
    weft_atomic_u8 state;
} weft_mutex;

WEFT_STATIC_ASSERT(sizeof(weft_mutex) == 1, "the mutex is one byte");

/* Of the byte: see above. */
#define WEFT_MUTEX_LOCKED 1U
#define WEFT_MUTEX_HAS_PARKED 2U
#define WEFT_MUTEX_HOST_BITS 0xFCU
#define WEFT_MUTEX_INIT {WEFT_ATOMIC_INIT(0)}

/* Slow paths, not called by users. */
weft_lock_result weft_mutex_lock_slow(weft_mutex *mutex, uint64_t deadline, bool interruptible,
                                      weft_interrupt *interrupt);
void weft_mutex_unlock_slow(weft_mutex *mutex);
#if !WEFT_WITHOUT_HINTS
void weft_mutex_wake_late(weft_mutex *mutex);
#endif

static inline bool weft_mutex_fast_lock_(weft_mutex *mutex) {
    uint8_t seen = 0;
    /* Acquire: pairs with the release in weft_mutex_fast_unlock_ and weft_mutex_unlock_slow. */
    return WEFT_LIKELY(weft_cas_acquire_u8(&mutex->state, &seen, WEFT_MUTEX_LOCKED));
}

static inline bool weft_mutex_cas_unlock_(weft_mutex *mutex) {
    uint8_t seen = WEFT_MUTEX_LOCKED;
    /* Release: pairs with the acquire of the next owner's lock. */
    return WEFT_LIKELY(weft_cas_release_u8(&mutex->state, &seen, 0));
}

static inline bool weft_mutex_fast_unlock_(weft_mutex *mutex) {
#if WEFT_HEAVY_FENCE
    /* What has changed since this look at the hint and the byte is found by the second look. */
    uint8_t hint = weft_park_hint(mutex);
    if (WEFT_UNLIKELY(hint != WEFT_HINT_CLEAR)) {
        if (!weft_mutex_cas_unlock_(mutex)) {
            return false;
        }
        if (hint == WEFT_HINT_SET) {
            weft_park_settle_hint(mutex);
        }
        return true;
    }
    if (WEFT_UNLIKELY(weft_load_relaxed_u8(&mutex->state) != WEFT_MUTEX_LOCKED)) {
        return false;
    }
    /* Release: pairs with the acquire of the next owner's lock. The last touch of the byte. */
    weft_store_release_u8(&mutex->state, 0);
    /* Pairs with the heavy fence of weft_park: a waiter that queues sees the store, or this thread
     * sees its hint. */
    weft_light_fence();
    if (WEFT_UNLIKELY(weft_park_hint(mutex) != WEFT_HINT_CLEAR)) {
        weft_mutex_wake_late(mutex);
    }
    return true;
#else
    return weft_mutex_cas_unlock_(mutex);
#endif
}

/* Locks. Blocks until the mutex is free; may detach. Recursion deadlocks (reported when checked).
 */
static inline void weft_mutex_lock_at(weft_mutex *mutex, const char *site) {
    weft_park_may_detach();
    weft_lockcheck_before(mutex, "mutex", site);
    if (!weft_mutex_fast_lock_(mutex)) {
        (void)weft_mutex_lock_slow(mutex, WEFT_WAIT_FOREVER, false, NULL);
    }
    weft_lockcheck_acquired(mutex, "mutex", site);
}

/* Locks if that needs no waiting. True if it did. Never blocks, never fails spuriously. */
bool weft_mutex_try_lock_slow(weft_mutex *mutex);
static inline bool weft_mutex_try_lock_at(weft_mutex *mutex, const char *site) {
    bool locked = weft_mutex_fast_lock_(mutex) || weft_mutex_try_lock_slow(mutex);
    if (locked) {
        weft_lockcheck_acquired(mutex, "mutex", site);
    }
    return locked;
}

/* Locks, waiting at most `timeout` nanoseconds (see WEFT_FOREVER). WEFT_LOCK_OK or
 * WEFT_LOCK_TIMEOUT. Never early. May detach. */
static inline weft_lock_result weft_mutex_lock_for_at(weft_mutex *mutex, int64_t timeout,
                                                      const char *site) {
    weft_lock_result result = WEFT_LOCK_OK;
    weft_park_may_detach();
    if (timeout > 0) {
        weft_lockcheck_before(mutex, "mutex", site);
    }
    if (!weft_mutex_fast_lock_(mutex)) {
        result = weft_mutex_lock_slow(mutex, weft_lock_deadline(timeout), false, NULL);
    }
    if (result == WEFT_LOCK_OK) {
        weft_lockcheck_acquired(mutex, "mutex", site);
    }
    return result;
}

/* As weft_mutex_lock_for; also returns, with WEFT_LOCK_INTERRUPTED, when a signal handler ran while
 * the thread slept, or when weft_interrupt_raise(interrupt) was called, then or before. `interrupt`
 * may be NULL: signals only (where they are told: weft_lock.h). A free mutex is taken whether or not an interrupt is pending. */
static inline weft_lock_result weft_mutex_lock_interruptible_at(weft_mutex *mutex, int64_t timeout,
                                                                weft_interrupt *interrupt,
                                                                const char *site) {
    weft_lock_result result = WEFT_LOCK_OK;
    weft_park_may_detach();
    if (timeout > 0) {
        weft_lockcheck_before(mutex, "mutex", site);
    }
    if (!weft_mutex_fast_lock_(mutex)) {
        result = weft_mutex_lock_slow(mutex, weft_lock_deadline(timeout), true, interrupt);
    }
    if (result == WEFT_LOCK_OK) {
        weft_lockcheck_acquired(mutex, "mutex", site);
    }
    return result;
}

/* Unlocks. Only the owner may. Never blocks beyond a bucket's short lock, but for what one of the first in a
 * process does (Cost), never detaches. Unlocking a mutex that is not locked is fatal. */
static inline void weft_mutex_unlock_at(weft_mutex *mutex, const char *site) {
    weft_lockcheck_released(mutex, "mutex", site);
    if (!weft_mutex_fast_unlock_(mutex)) {
        weft_mutex_unlock_slow(mutex);
    }
}

#if WEFT_CHECKED
#define weft_mutex_lock(mutex) weft_mutex_lock_at((mutex), WEFT_HERE)
#define weft_mutex_try_lock(mutex) weft_mutex_try_lock_at((mutex), WEFT_HERE)
#define weft_mutex_lock_for(mutex, timeout) weft_mutex_lock_for_at((mutex), (timeout), WEFT_HERE)
#define weft_mutex_lock_interruptible(mutex, timeout, interrupt)                                   \
    weft_mutex_lock_interruptible_at((mutex), (timeout), (interrupt), WEFT_HERE)
#define weft_mutex_unlock(mutex) weft_mutex_unlock_at((mutex), WEFT_HERE)
#else
static inline void weft_mutex_lock(weft_mutex *mutex) {
    weft_mutex_lock_at(mutex, NULL);
}
static inline bool weft_mutex_try_lock(weft_mutex *mutex) {
    return weft_mutex_try_lock_at(mutex, NULL);
}
static inline weft_lock_result weft_mutex_lock_for(weft_mutex *mutex, int64_t timeout) {
    return weft_mutex_lock_for_at(mutex, timeout, NULL);
}
static inline weft_lock_result weft_mutex_lock_interruptible(weft_mutex *mutex, int64_t timeout,
                                                             weft_interrupt *interrupt) {
    return weft_mutex_lock_interruptible_at(mutex, timeout, interrupt, NULL);
}
static inline void weft_mutex_unlock(weft_mutex *mutex) {
    weft_mutex_unlock_at(mutex, NULL);
}
#endif

/* Whether somebody owns it: true of some moment during the call. Relaxed: orders nothing. */
static inline bool weft_mutex_is_locked(const weft_mutex *mutex) {
    return (weft_load_relaxed_u8(&mutex->state) & WEFT_MUTEX_LOCKED) != 0;
}

/* The host's bits, WEFT_MUTEX_HOST_BITS of the byte: read, set, clear. Set and clear return the
 * bits as they were, and ignore bits that are not the host's. Relaxed: they order nothing; a host that
 * publishes data by them publishes under the lock. A mutex whose bits are not all zero is locked and
 * unlocked out of line: a failed CAS and a call more.
 *
 * Read: by any thread. Set and clear: by the owner; by anybody while nobody else uses the mutex; and by
 * anybody at any time as long as one of the bits stays set, before and after. For an unlock that has
 * seen no host bit stores zero, and a bit that somebody else sets just then is lost. A host that changes
 * bits without the lock keeps one of the six set from the start. */
static inline uint8_t weft_mutex_host_bits(const weft_mutex *mutex) {
    return weft_load_relaxed_u8(&mutex->state) & WEFT_MUTEX_HOST_BITS;
}
static inline uint8_t weft_mutex_set_host_bits(weft_mutex *mutex, uint8_t bits) {
    return weft_fetch_or_relaxed_u8(&mutex->state, bits & WEFT_MUTEX_HOST_BITS) &
           WEFT_MUTEX_HOST_BITS;
}
static inline uint8_t weft_mutex_clear_host_bits(weft_mutex *mutex, uint8_t bits) {
    return weft_fetch_and_relaxed_u8(&mutex->state, (uint8_t)~(bits & WEFT_MUTEX_HOST_BITS)) &
           WEFT_MUTEX_HOST_BITS;
}

WEFT_END_DECLS

#endif /* WEFT_MUTEX_H */
