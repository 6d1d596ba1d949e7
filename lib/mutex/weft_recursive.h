/* weft_recursive.h: a mutex that its owner may lock again.
 *
 * What it is for: an interpreter's RLock, an I/O object whose methods call each other, an import
 * lock. Zero is an unlocked lock; nothing has to be initialised or destroyed. When not to use it:
 * wherever weft_mutex will do; a section that may be entered twice sees its own half-made changes.
 *
 *     static weft_recursive lock;
 *     weft_recursive_lock(&lock);
 *     weft_recursive_lock(&lock);                   // the same thread: does not block
 *     weft_recursive_unlock(&lock);
 *     weft_recursive_unlock(&lock);                 // now it is free
 *
 * State
 *     mutex   weft_mutex.h: parking, handing over, fairness are its
 *     owner   the owner's identity, or 0
 *     depth   how often the owner has locked it beyond the first time
 *
 *     mutex      owner   depth   means                             who changes it
 *     unlocked   0       0       free                              any thread: locks the mutex
 *     locked     0       0       being taken, being released, or   its new, or old, owner
 *                                handed over
 *     locked     T       n       locked n + 1 times by T           T
 *
 *     Invariant. owner is T's identity only between stores by T itself, so a thread that reads its
 *     own identity is the owner, and one that reads anything else is not, however old the value.
 *
 * Identity of a thread is the address of a thread-local variable of this library:
 *   - A thread that ends while it owns the lock leaves it locked, and a later thread may be given
 *     the same address, and with it the lock. Unlock before the thread ends.
 *   - Fork: the child's thread keeps the identity: what the forking thread held, it holds in the
 *     child. A lock that another thread held stays locked; the host reinitialises it (to zero).
 *   - Two copies of the library in one process (linked statically into two shared objects) give one
 *     thread two identities. A lock is used through one copy.
 *
 * Rules are those of weft_mutex.h: unlock does not touch the lock after its releasing store; what a
 * stopped world does; a lock overwritten with zero, whose owner's unlock is always fatal.
 *
 * Not promised. What weft_mutex.h does not promise.
 *
 * Orders. As weft_mutex: what came before the last unlock of one owner happens before what comes
 * after the first lock of the next.
 *
 * Cost: that of weft_mutex and a call, some 2 ns more; locking again: the call, no atomic
 * read-modify-write.
 *
 * Checked build: self-deadlock cannot happen; unlock by a non-owner and order inversion are reported with both
 * places, as for weft_mutex.
 *
 * Source. POSIX's PTHREAD_MUTEX_RECURSIVE for the semantics.
 */
#ifndef WEFT_RECURSIVE_H
#define WEFT_RECURSIVE_H

#include "weft_mutex.h"

WEFT_BEGIN_DECLS

typedef struct weft_recursive {
    weft_mutex mutex;
    uint32_t depth; /* the owner's */
    weft_atomic_uptr owner;
} weft_recursive;

WEFT_STATIC_ASSERT(sizeof(weft_recursive) == 8 + sizeof(uintptr_t),
                   "the recursive lock is 16 bytes, 12 on 32-bit CPUs");

#define WEFT_RECURSIVE_INIT {WEFT_MUTEX_INIT, 0, WEFT_ATOMIC_INIT(0)}

/* The most times one thread may hold it; one more is fatal. */
#define WEFT_RECURSIVE_DEPTH_MAX UINT32_MAX

/* Locks, or locks once more. Blocks while another thread owns it; may detach. */
void weft_recursive_lock_at(weft_recursive *lock, const char *site);

/* Locks if that needs no waiting. True if it did, always so for the owner. Never blocks. */
bool weft_recursive_try_lock_at(weft_recursive *lock, const char *site);

/* Locks, waiting at most `timeout` nanoseconds (see WEFT_FOREVER). WEFT_LOCK_OK, always so for the
 * owner, or WEFT_LOCK_TIMEOUT. Never early. May detach. */
weft_lock_result weft_recursive_lock_for_at(weft_recursive *lock, int64_t timeout,
                                            const char *site);

/* As weft_recursive_lock_for; also returns, with WEFT_LOCK_INTERRUPTED, when a signal handler ran
 * while the thread slept, or when weft_interrupt_raise(interrupt) was called, then or before.
 * `interrupt` may be NULL: signals only (where they are told: weft_lock.h). The owner is not interrupted. */
weft_lock_result weft_recursive_lock_interruptible_at(weft_recursive *lock, int64_t timeout,
                                                      weft_interrupt *interrupt, const char *site);

/* Unlocks once. Never blocks beyond a bucket's short lock, but for what one of the first unlocks in a process does
 * (weft_mutex.h, Cost), never detaches. By another thread than the owner, or of a lock that is free: fatal, in every
 * build. */
void weft_recursive_unlock_at(weft_recursive *lock, const char *site);

#if WEFT_CHECKED
#define weft_recursive_lock(lock) weft_recursive_lock_at((lock), WEFT_HERE)
#define weft_recursive_try_lock(lock) weft_recursive_try_lock_at((lock), WEFT_HERE)
#define weft_recursive_lock_for(lock, timeout)                                                     \
    weft_recursive_lock_for_at((lock), (timeout), WEFT_HERE)
#define weft_recursive_lock_interruptible(lock, timeout, interrupt)                                \
    weft_recursive_lock_interruptible_at((lock), (timeout), (interrupt), WEFT_HERE)
#define weft_recursive_unlock(lock) weft_recursive_unlock_at((lock), WEFT_HERE)
#else
static inline void weft_recursive_lock(weft_recursive *lock) {
    weft_recursive_lock_at(lock, NULL);
}
static inline bool weft_recursive_try_lock(weft_recursive *lock) {
    return weft_recursive_try_lock_at(lock, NULL);
}
static inline weft_lock_result weft_recursive_lock_for(weft_recursive *lock, int64_t timeout) {
    return weft_recursive_lock_for_at(lock, timeout, NULL);
}
static inline weft_lock_result weft_recursive_lock_interruptible(weft_recursive *lock,
                                                                 int64_t timeout,
                                                                 weft_interrupt *interrupt) {
    return weft_recursive_lock_interruptible_at(lock, timeout, interrupt, NULL);
}
static inline void weft_recursive_unlock(weft_recursive *lock) {
    weft_recursive_unlock_at(lock, NULL);
}
#endif

/* Whether the calling thread owns it. */
bool weft_recursive_is_owner(const weft_recursive *lock);

/* How often the calling thread holds it: 0 if it is not the owner. */
uint64_t weft_recursive_depth(const weft_recursive *lock);

/* Whether some thread owns it: true of some moment during the call. Relaxed: orders nothing. */
static inline bool weft_recursive_is_locked(const weft_recursive *lock) {
    return weft_mutex_is_locked(&lock->mutex);
}

WEFT_END_DECLS

#endif /* WEFT_RECURSIVE_H */
