/* weft_lockcheck.h: who owns which lock, and in which order locks are taken: the checked build's
 * memory of both. In an unchecked build nothing of it remains.
 *
 * Reports, through the host's fatal hook, each with both places in the source:
 *   - self-deadlock: a thread waits for a lock it holds, or for the exclusive side of one that it
 *     holds shared, or the other way round;
 *   - unlock by a thread that does not hold it, or not in that way: with where its owner locked it or, if nobody
 *     owns it, where it was unlocked last (see Bounds);
 *   - lock-order inversion: A was once waited for while B was held, and now B while A is, by any
 *     threads and through any number of locks in between, whether or not it deadlocked this time.
 *     An attempt that cannot block (try, or a timeout of zero) may be in any order and records
 *     none;
 *   - a thread that ends while it holds a lock (POSIX only).
 *
 * How a lock takes part. Exclusive: before() unless it cannot block, acquired() once it is owned,
 * released() just before it is given up. Shared owners (readers): the same with _shared. A lock
 * that its owner may take again says so only the first time, and released() only the last. Whether
 * a nested shared lock is an error is the lock's own affair: weft_lockcheck_held tells it.
 *
 * Not promised. That what it does not report is free of deadlock: it knows the orders it has seen, within the bounds below.
 *
 * Locks are known by their addresses. Where memory with a lock in it is freed and used again, call
 * weft_lockcheck_forget, or the order of the old lock is held against the new one.
 *
 * Bounds
 *   - A thread's first WEFT_LOCKCHECK_HELD (64) locks held at once are known. Further ones are not
 *     checked, and take part in no order.
 *   - The search for an inversion looks at WEFT_LOCKCHECK_SEARCH (20 000) locks that were ever
 *     taken after the wanted one; an inversion beyond is not found.
 *   - Tables have a fixed number of chains: with more than about 100 000 locks in them, checking
 *     gets slower in proportion.
 *   - Where a lock was unlocked last is known of at most 4096 locks; two that share a place by their hash
 *     take it from each other.
 *   - Memory comes in pages straight from the operating system, so that a checked allocator may use
 *     the locks. When there is no more, checking goes on for the locks and orders already known: a
 *     lock that could not be recorded may be unlocked by anybody.
 *   - Fork: the child knows the locks that the forking thread holds, and no orders.
 *
 * Cost: two short sections under an internal lock to lock and unlock; with others held, one more.
 * Sites are kept as the pointers they came as: string literals.
 */
#ifndef WEFT_LOCKCHECK_H
#define WEFT_LOCKCHECK_H

#include "weft_base.h"

WEFT_BEGIN_DECLS

#if WEFT_CHECKED

/* Before a thread may block for the lock: self-deadlock and order. `kind` names it in reports. */
void weft_lockcheck_before(const void *lock, const char *kind, const char *site);
void weft_lockcheck_before_shared(const void *lock, const char *kind, const char *site);

/* Once the thread owns the lock, exclusively or as one of several. */
void weft_lockcheck_acquired(const void *lock, const char *kind, const char *site);
void weft_lockcheck_acquired_shared(const void *lock, const char *kind, const char *site);

/* Before the lock is released: by its owner? */
void weft_lockcheck_released(const void *lock, const char *kind, const char *site);
void weft_lockcheck_released_shared(const void *lock, const char *kind, const char *site);

/* Where the calling thread locked it, exclusively or shared; NULL if it does not hold it. */
const char *weft_lockcheck_held(const void *lock);

/* The memory [start, start + size) is about to be freed: orders of locks in it are dropped. A lock
 * in it that somebody still holds exclusively, or this thread in any way, is fatal. */
void weft_lockcheck_forget(const void *start, size_t size);

#else

static inline void weft_lockcheck_before(const void *lock, const char *kind, const char *site) {
    (void)lock;
    (void)kind;
    (void)site;
}
static inline void weft_lockcheck_before_shared(const void *lock, const char *kind,
                                                const char *site) {
    (void)lock;
    (void)kind;
    (void)site;
}
static inline void weft_lockcheck_acquired(const void *lock, const char *kind, const char *site) {
    (void)lock;
    (void)kind;
    (void)site;
}
static inline void weft_lockcheck_acquired_shared(const void *lock, const char *kind,
                                                  const char *site) {
    (void)lock;
    (void)kind;
    (void)site;
}
static inline void weft_lockcheck_released(const void *lock, const char *kind, const char *site) {
    (void)lock;
    (void)kind;
    (void)site;
}
static inline void weft_lockcheck_released_shared(const void *lock, const char *kind,
                                                  const char *site) {
    (void)lock;
    (void)kind;
    (void)site;
}
static inline const char *weft_lockcheck_held(const void *lock) {
    (void)lock;
    return NULL;
}
static inline void weft_lockcheck_forget(const void *start, size_t size) {
    (void)start;
    (void)size;
}

#endif

WEFT_END_DECLS

#endif /* WEFT_LOCKCHECK_H */
