/* weft_lockcheck.h: who owns which lock, and in which order locks are taken: the checked build's
 * memory of both. In an unchecked build nothing of it remains.
 *
 * Reports, through the host's fatal hook, each with both places in the source:
 *   - self-deadlock: a thread locks a lock it holds;
 *   - unlock by a thread that does not hold it;
 *   - lock-order inversion: A was once taken while B was held, and now B while A is, by any threads
 *     and through any number of locks in between, whether or not it deadlocked this time. An
 * attempt that cannot block (try) may be in any order and records none.
 *
 * Locks are known by their addresses. Where memory with a lock in it is freed and used again, call
 * weft_lockcheck_forget, or the order of the old lock is held against the new one.
 *
 * Memory: pages straight from the operating system, so that a checked allocator may use the locks.
 * When there are no more, checking goes on for the locks and orders already known.
 */
#ifndef WEFT_LOCKCHECK_H
#define WEFT_LOCKCHECK_H

#include "weft_base.h"

WEFT_BEGIN_DECLS

#if WEFT_CHECKED

/* Before a thread may block for the lock: self-deadlock and order. `kind` names it in reports. */
void weft_lockcheck_before(const void *lock, const char *kind, const char *site);

/* Once the thread owns the lock. */
void weft_lockcheck_acquired(const void *lock, const char *kind, const char *site);

/* Before the lock is released: by its owner? */
void weft_lockcheck_released(const void *lock, const char *kind, const char *site);

/* The memory [start, start + size) is about to be freed: orders of locks in it are dropped. A lock
 * in it that somebody still holds is fatal. */
void weft_lockcheck_forget(const void *start, size_t size);

#else

static inline void weft_lockcheck_before(const void *lock, const char *kind, const char *site) {
    (void)lock;
    (void)kind;
    (void)site;
}
static inline void weft_lockcheck_acquired(const void *lock, const char *kind, const char *site) {
    (void)lock;
    (void)kind;
    (void)site;
}
static inline void weft_lockcheck_released(const void *lock, const char *kind, const char *site) {
    (void)lock;
    (void)kind;
    (void)site;
}
static inline void weft_lockcheck_forget(const void *start, size_t size) {
    (void)start;
    (void)size;
}

#endif

WEFT_END_DECLS

#endif /* WEFT_LOCKCHECK_H */
