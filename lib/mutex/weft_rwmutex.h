/* weft_rwmutex.h: a lock of one word for many readers or one writer.
 *
 * What it is for: data that is read much oftener than written, in sections long enough (a
 * microsecond) that readers gain by sharing. Zero is an unlocked lock; nothing has to be
 * initialised or destroyed, and who holds it last may free it. When not to use it: for short
 * sections, where readers hold each other up over the cache line and weft_mutex is as good and
 * smaller; for data that fits a weft_seqlock; to lock for reading twice (see Nested reads).
 *
 *     static weft_rwmutex lock;                     // zero: unlocked
 *     weft_rwmutex_read_lock(&lock);
 *     use(table);
 *     weft_rwmutex_read_unlock(&lock);
 *
 * The word
 *     bit 0    WRITER          a writer owns the lock
 *     bit 1    WRITERS_PARKED  a writer sleeps, or is about to: no more readers are let in
 *     bit 2    READERS_PARKED  a reader sleeps, or is about to
 *     bits 3-  readers         how many own the lock
 *
 *     WRITER  readers   means                      who changes it
 *     0       0         free                       any thread, by CAS: -> 1 0 or, without
 *                                                  WRITERS_PARKED, -> 0 1
 *     0       n > 0     n readers own it           a reader, by CAS: -> 0 n - 1, or under the
 *                                                  bucket's lock if it is the last and somebody
 *                                                  sleeps; any thread without WRITERS_PARKED:
 *                                                  -> 0 n + 1, by CAS
 *     1       0         a writer owns it           the writer: -> 0 0 (unlock) or 0 1 (downgrade),
 *                                                  by CAS, or under the bucket's lock if somebody
 *                                                  sleeps
 *     1       n > 0     never
 *
 *     WRITERS_PARKED and READERS_PARKED are set, by CAS, by a thread that is going to sleep because
 *     of what it sees in the word, together with that. Whoever wakes sleepers clears the bits under the
 *     bucket's lock, but for READERS_PARKED if readers stay queued: that keeps nobody out. If writers stay
 *     queued, those who were woken are told, and answer for them: they set WRITERS_PARKED again when
 *     they acquire the lock or queue again. A bit may be set with nobody queued; the next unlock that
 *     would have to look there finds out, and clears it.
 *
 *     Invariant. While a reader is queued, READERS_PARKED is set; while a writer is, WRITERS_PARKED is
 *     set or a woken thread that answers for it is on its way. When no thread is on its way,
 *     a queued reader has a writer to wait for, who owns the lock or is queued, and WRITERS_PARKED
 *     is set only if a writer is queued or about to be.
 *
 * Fairness. The lock goes in phases: a writer that unlocks wakes all readers that sleep, the last
 * reader that unlocks wakes the writer that has slept longest. Woken threads compete, as do threads
 * that come by, which is fast; those who have waited longer than the fairness time (weft_lock.h)
 * are handed the lock instead, all readers at once, or the one writer, and a writer by the last reader
 * after 10 microseconds already, unless the fairness time is shorter, or never. A writer that sleeps keeps
 * new readers out. So under a constant load of the other kind a writer waits for the readers inside
 * and, once its time is up, for one more phase of readers; a reader for one writer. Writers get it
 * among each other in the order of their coming.
 *
 * Nested reads. A thread that reads and locks for reading again waits for ever if a writer began to
 * wait in between: the writer waits for the first read, the second read for the writer. Locking
 * again by try_read_lock is safe: it fails then. The checked build reports every other nested read,
 * whether or not a writer waits, with both places.
 *
 * Rules
 *   - unlock does not touch the word after its releasing change: the next owner may free it.
 *   - A handoff becomes ownership only once the waiter is attached: a waiter that finds its world
 *     stopping gives its ownership back, or its place to the next in the queue, and queues again.
 *   - A writer cannot be made of a reader without unlocking in between: two readers that tried would
 *     wait for each other. A reader can be made of a writer: weft_rwmutex_downgrade.
 *   - Fork: what other threads held stays held in the child; the host reinitialises the lock (to
 *     zero), and does so also where another thread was waiting for the lock: readers may be kept out on
 *     behalf of a writer that is gone. What the forking thread held it holds, and can unlock, which
 *     lets them in.
 *   - A lock overwritten with zero while others wait: they stay asleep until a later waiter of their
 *     kind has queued and been served; those with a timeout return when it is up. If somebody owns it,
 *     that owner's unlock is fatal, or, if another thread has locked it in the same way meanwhile,
 *     releases that thread's ownership, whose own unlock is fatal then: the checked build reports the
 *     first, if they are writers.
 *
 * Not promised. That a nested read returns (see Nested reads). An order between two reads of two threads.
 * Priority inheritance.
 *
 * Orders. Everything done before a write unlock happens before everything after the next lock of
 * either kind; everything done before a read unlock happens before everything after the next write
 * lock. Also when the lock was handed over.
 *
 * Cost: one CAS to lock, one to unlock; two each for a reader that is not alone; sleeping is one system call, waking one.
 *
 * Checked build: self-deadlock (nested reads, write after read, read after write), unlock by a
 * thread that does not hold it and lock-order inversion are reported. See weft_lockcheck.h.
 *
 * Source. Phases of readers and writers: B. Brandenburg and J. Anderson, "Reader-Writer
 * Synchronization for Shared-Memory Multiprocessor Real-Time Systems" (2009). One queue for both
 * kinds over a parking lot, with eventual fairness as in weft_mutex.h.
 */
#ifndef WEFT_RWMUTEX_H
#define WEFT_RWMUTEX_H

#include "weft_lock.h"
#include "weft_lockcheck.h"

WEFT_BEGIN_DECLS

typedef struct weft_rwmutex {
    weft_atomic_uptr state;
} weft_rwmutex;

WEFT_STATIC_ASSERT(sizeof(weft_rwmutex) == sizeof(void *), "the rwmutex is one word");

#define WEFT_RWMUTEX_WRITER ((uintptr_t)1)
#define WEFT_RWMUTEX_WRITERS_PARKED ((uintptr_t)2)
#define WEFT_RWMUTEX_READERS_PARKED ((uintptr_t)4)
#define WEFT_RWMUTEX_READER ((uintptr_t)8) /* one of them */
#define WEFT_RWMUTEX_INIT {WEFT_ATOMIC_INIT(0)}

/* The most readers at one time, some 2^60, or 2^28 on 32-bit CPUs; one more is fatal. With so many
 * the highest bit is set. */
#define WEFT_RWMUTEX_READERS_MAX ((UINTPTR_MAX >> 4) + 1)
#define WEFT_RWMUTEX_FULL (WEFT_RWMUTEX_READERS_MAX * WEFT_RWMUTEX_READER)

/* All that keeps the fast paths of readers out. */
#define WEFT_RWMUTEX_SLOW_READ_                                                                    \
    (WEFT_RWMUTEX_WRITER | WEFT_RWMUTEX_WRITERS_PARKED | WEFT_RWMUTEX_READERS_PARKED |             \
     WEFT_RWMUTEX_FULL)

/* Slow paths, not called by users. */
bool weft_rwmutex_try_read_lock_slow(weft_rwmutex *lock);
bool weft_rwmutex_try_write_lock_slow(weft_rwmutex *lock);
weft_lock_result weft_rwmutex_read_lock_slow(weft_rwmutex *lock, uint64_t deadline,
                                             bool interruptible, weft_interrupt *interrupt);
weft_lock_result weft_rwmutex_write_lock_slow(weft_rwmutex *lock, uint64_t deadline,
                                              bool interruptible, weft_interrupt *interrupt);
void weft_rwmutex_read_unlock_slow(weft_rwmutex *lock);
void weft_rwmutex_write_unlock_slow(weft_rwmutex *lock);

/* Readers begin with a guess, that nobody else is there, and not with a load, which would fetch the word's cache line for
 * reading, only to have it fetched again for writing. If the guess is wrong, the line is here, and the next try as good as certain.
 * Measured on two virtual cores of a Zen 5, paired, throughput of 90 % reads of 20 ns: 2 threads 1.10x to 1.15x, 4 1.07x, 8 1.01x to
 * 1.15x; of 1 us: 0.99x to 1.05x. Of the guess in the unlock alone: 1.0x. Its price: with a reader that stays inside, a pair of
 * another takes 20 ns, and took 10. */
static inline bool weft_rwmutex_fast_read_lock_(weft_rwmutex *lock) {
    uintptr_t seen = 0;
    /* Acquire, both: pairs with the release of the last writer's unlock. */
    if (WEFT_LIKELY(weft_cas_acquire_uptr(&lock->state, &seen, WEFT_RWMUTEX_READER))) {
        return true;
    }
    if ((seen & WEFT_RWMUTEX_SLOW_READ_) != 0) {
        return false;
    }
    return weft_cas_acquire_uptr(&lock->state, &seen, seen + WEFT_RWMUTEX_READER);
}

static inline bool weft_rwmutex_fast_read_unlock_(weft_rwmutex *lock) {
    uintptr_t seen = WEFT_RWMUTEX_READER;
    /* Release, both: pairs with the acquire of the next writer's lock. */
    if (WEFT_LIKELY(weft_cas_release_uptr(&lock->state, &seen, 0))) {
        return true;
    }
    if ((seen & WEFT_RWMUTEX_SLOW_READ_) != 0 || seen == 0) {
        return false;
    }
    return weft_cas_release_uptr(&lock->state, &seen, seen - WEFT_RWMUTEX_READER);
}

static inline bool weft_rwmutex_fast_write_lock_(weft_rwmutex *lock) {
    uintptr_t seen = 0;
    /* Acquire: pairs with the releases of the last writer's and the last readers' unlocks. */
    return WEFT_LIKELY(weft_cas_acquire_uptr(&lock->state, &seen, WEFT_RWMUTEX_WRITER));
}

static inline bool weft_rwmutex_fast_write_unlock_(weft_rwmutex *lock) {
    uintptr_t seen = WEFT_RWMUTEX_WRITER;
    /* Release: pairs with the acquire of the next owner's lock. */
    return WEFT_LIKELY(weft_cas_release_uptr(&lock->state, &seen, 0));
}

/* Checked build, before a thread may block to read: nested reads, and what weft_lockcheck.h says. */
#if WEFT_CHECKED
void weft_rwmutex_before_read_(const weft_rwmutex *lock, const char *site);
#else
static inline void weft_rwmutex_before_read_(const weft_rwmutex *lock, const char *site) {
    (void)lock;
    (void)site;
}
#endif

/* Locks for reading, together with other readers. Blocks while a writer owns the lock or sleeps for
 * it; may detach. Nested: see above. */
static inline void weft_rwmutex_read_lock_at(weft_rwmutex *lock, const char *site) {
    weft_park_may_detach();
    weft_rwmutex_before_read_(lock, site);
    if (!weft_rwmutex_fast_read_lock_(lock)) {
        (void)weft_rwmutex_read_lock_slow(lock, WEFT_WAIT_FOREVER, false, NULL);
    }
    weft_lockcheck_acquired_shared(lock, "rwmutex", site);
}

/* Locks for reading if that needs no waiting: false if a writer owns the lock or sleeps for it.
 * Never blocks, never fails spuriously. */
static inline bool weft_rwmutex_try_read_lock_at(weft_rwmutex *lock, const char *site) {
    bool locked = weft_rwmutex_fast_read_lock_(lock) || weft_rwmutex_try_read_lock_slow(lock);
    if (locked) {
        weft_lockcheck_acquired_shared(lock, "rwmutex", site);
    }
    return locked;
}

/* Locks for reading, waiting at most `timeout` nanoseconds (see WEFT_FOREVER). WEFT_LOCK_OK or
 * WEFT_LOCK_TIMEOUT. Never early. May detach. */
static inline weft_lock_result weft_rwmutex_read_lock_for_at(weft_rwmutex *lock, int64_t timeout,
                                                             const char *site) {
    weft_lock_result result = WEFT_LOCK_OK;
    weft_park_may_detach();
    if (timeout > 0) {
        weft_rwmutex_before_read_(lock, site);
    }
    if (!weft_rwmutex_fast_read_lock_(lock)) {
        result = weft_rwmutex_read_lock_slow(lock, weft_lock_deadline(timeout), false, NULL);
    }
    if (result == WEFT_LOCK_OK) {
        weft_lockcheck_acquired_shared(lock, "rwmutex", site);
    }
    return result;
}

/* As weft_rwmutex_read_lock_for; also returns, with WEFT_LOCK_INTERRUPTED, when a signal handler ran
 * while the thread slept, or when weft_interrupt_raise(interrupt) was called, then or before.
 * `interrupt` may be NULL: signals only (where they are told: weft_lock.h). A lock that can be had is taken whether or not an interrupt
 * is pending. */
static inline weft_lock_result weft_rwmutex_read_lock_interruptible_at(weft_rwmutex *lock,
                                                                       int64_t timeout,
                                                                       weft_interrupt *interrupt,
                                                                       const char *site) {
    weft_lock_result result = WEFT_LOCK_OK;
    weft_park_may_detach();
    if (timeout > 0) {
        weft_rwmutex_before_read_(lock, site);
    }
    if (!weft_rwmutex_fast_read_lock_(lock)) {
        result = weft_rwmutex_read_lock_slow(lock, weft_lock_deadline(timeout), true, interrupt);
    }
    if (result == WEFT_LOCK_OK) {
        weft_lockcheck_acquired_shared(lock, "rwmutex", site);
    }
    return result;
}

/* Ends one read. Never blocks beyond a bucket's short lock, never detaches. If no reader owns the
 * lock: fatal. */
static inline void weft_rwmutex_read_unlock_at(weft_rwmutex *lock, const char *site) {
    weft_lockcheck_released_shared(lock, "rwmutex", site);
    if (!weft_rwmutex_fast_read_unlock_(lock)) {
        weft_rwmutex_read_unlock_slow(lock);
    }
}

/* Locks for writing, alone. Blocks while anybody owns the lock; may detach. */
static inline void weft_rwmutex_write_lock_at(weft_rwmutex *lock, const char *site) {
    weft_park_may_detach();
    weft_lockcheck_before(lock, "rwmutex", site);
    if (!weft_rwmutex_fast_write_lock_(lock)) {
        (void)weft_rwmutex_write_lock_slow(lock, WEFT_WAIT_FOREVER, false, NULL);
    }
    weft_lockcheck_acquired(lock, "rwmutex", site);
}

/* Locks for writing if nobody owns the lock. Never blocks, never fails spuriously. */
static inline bool weft_rwmutex_try_write_lock_at(weft_rwmutex *lock, const char *site) {
    bool locked = weft_rwmutex_fast_write_lock_(lock) || weft_rwmutex_try_write_lock_slow(lock);
    if (locked) {
        weft_lockcheck_acquired(lock, "rwmutex", site);
    }
    return locked;
}

/* Locks for writing, waiting at most `timeout` nanoseconds; as weft_rwmutex_read_lock_for. */
static inline weft_lock_result weft_rwmutex_write_lock_for_at(weft_rwmutex *lock, int64_t timeout,
                                                              const char *site) {
    weft_lock_result result = WEFT_LOCK_OK;
    weft_park_may_detach();
    if (timeout > 0) {
        weft_lockcheck_before(lock, "rwmutex", site);
    }
    if (!weft_rwmutex_fast_write_lock_(lock)) {
        result = weft_rwmutex_write_lock_slow(lock, weft_lock_deadline(timeout), false, NULL);
    }
    if (result == WEFT_LOCK_OK) {
        weft_lockcheck_acquired(lock, "rwmutex", site);
    }
    return result;
}

/* Locks for writing; as weft_rwmutex_read_lock_interruptible. */
static inline weft_lock_result weft_rwmutex_write_lock_interruptible_at(weft_rwmutex *lock,
                                                                        int64_t timeout,
                                                                        weft_interrupt *interrupt,
                                                                        const char *site) {
    weft_lock_result result = WEFT_LOCK_OK;
    weft_park_may_detach();
    if (timeout > 0) {
        weft_lockcheck_before(lock, "rwmutex", site);
    }
    if (!weft_rwmutex_fast_write_lock_(lock)) {
        result = weft_rwmutex_write_lock_slow(lock, weft_lock_deadline(timeout), true, interrupt);
    }
    if (result == WEFT_LOCK_OK) {
        weft_lockcheck_acquired(lock, "rwmutex", site);
    }
    return result;
}

/* Ends the write. Never blocks beyond a bucket's short lock, never detaches. If no writer owns the
 * lock: fatal. */
static inline void weft_rwmutex_write_unlock_at(weft_rwmutex *lock, const char *site) {
    weft_lockcheck_released(lock, "rwmutex", site);
    if (!weft_rwmutex_fast_write_unlock_(lock)) {
        weft_rwmutex_write_unlock_slow(lock);
    }
}

/* Turns the caller's write into a read without letting a writer in between, and wakes the readers
 * that sleep. Never blocks beyond a bucket's short lock, never detaches. If no writer owns the lock:
 * fatal. */
void weft_rwmutex_downgrade_at(weft_rwmutex *lock, const char *site);

#if WEFT_CHECKED
#define weft_rwmutex_read_lock(lock) weft_rwmutex_read_lock_at((lock), WEFT_HERE)
#define weft_rwmutex_try_read_lock(lock) weft_rwmutex_try_read_lock_at((lock), WEFT_HERE)
#define weft_rwmutex_read_lock_for(lock, timeout)                                                  \
    weft_rwmutex_read_lock_for_at((lock), (timeout), WEFT_HERE)
#define weft_rwmutex_read_lock_interruptible(lock, timeout, interrupt)                             \
    weft_rwmutex_read_lock_interruptible_at((lock), (timeout), (interrupt), WEFT_HERE)
#define weft_rwmutex_read_unlock(lock) weft_rwmutex_read_unlock_at((lock), WEFT_HERE)
#define weft_rwmutex_write_lock(lock) weft_rwmutex_write_lock_at((lock), WEFT_HERE)
#define weft_rwmutex_try_write_lock(lock) weft_rwmutex_try_write_lock_at((lock), WEFT_HERE)
#define weft_rwmutex_write_lock_for(lock, timeout)                                                 \
    weft_rwmutex_write_lock_for_at((lock), (timeout), WEFT_HERE)
#define weft_rwmutex_write_lock_interruptible(lock, timeout, interrupt)                            \
    weft_rwmutex_write_lock_interruptible_at((lock), (timeout), (interrupt), WEFT_HERE)
#define weft_rwmutex_write_unlock(lock) weft_rwmutex_write_unlock_at((lock), WEFT_HERE)
#define weft_rwmutex_downgrade(lock) weft_rwmutex_downgrade_at((lock), WEFT_HERE)
#else
static inline void weft_rwmutex_read_lock(weft_rwmutex *lock) {
    weft_rwmutex_read_lock_at(lock, NULL);
}
static inline bool weft_rwmutex_try_read_lock(weft_rwmutex *lock) {
    return weft_rwmutex_try_read_lock_at(lock, NULL);
}
static inline weft_lock_result weft_rwmutex_read_lock_for(weft_rwmutex *lock, int64_t timeout) {
    return weft_rwmutex_read_lock_for_at(lock, timeout, NULL);
}
static inline weft_lock_result weft_rwmutex_read_lock_interruptible(weft_rwmutex *lock,
                                                                    int64_t timeout,
                                                                    weft_interrupt *interrupt) {
    return weft_rwmutex_read_lock_interruptible_at(lock, timeout, interrupt, NULL);
}
static inline void weft_rwmutex_read_unlock(weft_rwmutex *lock) {
    weft_rwmutex_read_unlock_at(lock, NULL);
}
static inline void weft_rwmutex_write_lock(weft_rwmutex *lock) {
    weft_rwmutex_write_lock_at(lock, NULL);
}
static inline bool weft_rwmutex_try_write_lock(weft_rwmutex *lock) {
    return weft_rwmutex_try_write_lock_at(lock, NULL);
}
static inline weft_lock_result weft_rwmutex_write_lock_for(weft_rwmutex *lock, int64_t timeout) {
    return weft_rwmutex_write_lock_for_at(lock, timeout, NULL);
}
static inline weft_lock_result weft_rwmutex_write_lock_interruptible(weft_rwmutex *lock,
                                                                     int64_t timeout,
                                                                     weft_interrupt *interrupt) {
    return weft_rwmutex_write_lock_interruptible_at(lock, timeout, interrupt, NULL);
}
static inline void weft_rwmutex_write_unlock(weft_rwmutex *lock) {
    weft_rwmutex_write_unlock_at(lock, NULL);
}
static inline void weft_rwmutex_downgrade(weft_rwmutex *lock) {
    weft_rwmutex_downgrade_at(lock, NULL);
}
#endif

/* Whether a writer owns it, and how many readers do: true of some moment during the call. Relaxed:
 * they order nothing. */
static inline bool weft_rwmutex_is_write_locked(const weft_rwmutex *lock) {
    return (weft_load_relaxed_uptr(&lock->state) & WEFT_RWMUTEX_WRITER) != 0;
}
static inline uintptr_t weft_rwmutex_readers(const weft_rwmutex *lock) {
    return weft_load_relaxed_uptr(&lock->state) / WEFT_RWMUTEX_READER;
}

WEFT_END_DECLS

#endif /* WEFT_RWMUTEX_H */
