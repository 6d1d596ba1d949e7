#include "weft_recursive.h"

#include "weft_host.h"

/* Its address is the thread's identity. */
static _Thread_local char identity;

static uintptr_t self(void) {
    return (uintptr_t)&identity;
}

bool weft_recursive_is_owner(const weft_recursive *lock) {
    /* Relaxed: see the invariant in the header. */
    return weft_load_relaxed_uptr(&lock->owner) == self();
}

uint64_t weft_recursive_depth(const weft_recursive *lock) {
    return weft_recursive_is_owner(lock) ? (uint64_t)lock->depth + 1 : 0;
}

/* True if the calling thread is the owner; then it holds the lock once more. */
static bool lock_again(weft_recursive *lock) {
    if (!weft_recursive_is_owner(lock)) {
        return false;
    }
    if (lock->depth == WEFT_RECURSIVE_DEPTH_MAX - 1) {
        weft_fatal("a recursive lock was locked too many times", "recursive", lock, NULL);
    }
    lock->depth++;
    return true;
}

/* The mutex is this thread's. */
static void become_owner(weft_recursive *lock, const char *site) {
    /* Relaxed: only this thread acts upon its own identity. */
    weft_store_relaxed_uptr(&lock->owner, self());
    weft_lockcheck_acquired(lock, "recursive", site);
}

/* The mutex is used below the level that the checks see: its owner is this lock's. */
static weft_lock_result lock_until(weft_recursive *lock, int64_t timeout, bool interruptible,
                                   weft_interrupt *interrupt, const char *site) {
    weft_lock_result result = WEFT_LOCK_OK;
    weft_park_may_detach();
    if (lock_again(lock)) {
        return WEFT_LOCK_OK;
    }
    if (timeout > 0) {
        weft_lockcheck_before(lock, "recursive", site);
    }
    if (!weft_mutex_fast_lock_(&lock->mutex)) {
        result = weft_mutex_lock_slow(&lock->mutex, weft_lock_deadline(timeout), interruptible,
                                      interrupt);
    }
    if (result == WEFT_LOCK_OK) {
        become_owner(lock, site);
    }
    return result;
}

void weft_recursive_lock_at(weft_recursive *lock, const char *site) {
    (void)lock_until(lock, WEFT_FOREVER, false, NULL, site);
}

weft_lock_result weft_recursive_lock_for_at(weft_recursive *lock, int64_t timeout,
                                            const char *site) {
    return lock_until(lock, timeout, false, NULL, site);
}

weft_lock_result weft_recursive_lock_interruptible_at(weft_recursive *lock, int64_t timeout,
                                                      weft_interrupt *interrupt, const char *site) {
    return lock_until(lock, timeout, true, interrupt, site);
}

bool weft_recursive_try_lock_at(weft_recursive *lock, const char *site) {
    if (lock_again(lock)) {
        return true;
    }
    if (!weft_mutex_fast_lock_(&lock->mutex) && !weft_mutex_try_lock_slow(&lock->mutex)) {
        return false;
    }
    become_owner(lock, site);
    return true;
}

void weft_recursive_unlock_at(weft_recursive *lock, const char *site) {
    (void)site;
    if (!weft_recursive_is_owner(lock)) {
        weft_lockcheck_released(lock, "recursive", site); /* says both places, when checked */
        weft_fatal(weft_recursive_is_locked(lock)
                       ? "unlock of a recursive lock by a thread that does not own it"
                       : "unlock of a recursive lock that is not locked",
                   "recursive", lock, NULL);
    }
    if (lock->depth > 0) {
        lock->depth--;
        return;
    }
    weft_lockcheck_released(lock, "recursive", site);
    /* Relaxed: the mutex's release publishes it to the next owner; others do not act on it. */
    weft_store_relaxed_uptr(&lock->owner, 0);
    if (!weft_mutex_fast_unlock_(&lock->mutex)) {
        weft_mutex_unlock_slow(&lock->mutex);
    }
}
