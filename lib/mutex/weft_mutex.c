#include "weft_mutex.h"

#include "weft_host.h"

#define LOCKED WEFT_MUTEX_LOCKED
#define HAS_PARKED WEFT_MUTEX_HAS_PARKED

/* What a woken thread is told: to compete, or that the mutex is its own. */
enum { WOKEN = 1, HANDED_OVER = 2 };

bool weft_mutex_try_lock_slow(weft_mutex *mutex) {
    uint8_t seen = weft_load_relaxed_u8(&mutex->state);
    while ((seen & LOCKED) == 0) {
        /* Acquire: pairs with the release of the last owner's unlock. */
        if (weft_cas_weak_acquire_u8(&mutex->state, &seen, (uint8_t)(seen | LOCKED))) {
            return true;
        }
    }
    return false;
}

/* Under the bucket's lock: HAS_PARKED goes when the last waiter gives up. */
static void abandon_wait(const weft_park_request *request, bool more) {
    if (!more) {
        weft_mutex *mutex = request->argument;
        /* Relaxed: the bit's readers confirm it under the bucket's lock. */
        weft_fetch_and_relaxed_u8(&mutex->state, (uint8_t)~HAS_PARKED);
    }
}

static bool is_overdue(uint64_t since) {
    return weft_now_ns() - since >= weft_mutex_fairness();
}

/* Under the bucket's lock: the plain release. */
static uintptr_t release_to_competition(void *argument, const weft_unparked *unparked) {
    weft_mutex *mutex = argument;
    uint8_t cleared = unparked->more ? LOCKED : LOCKED | HAS_PARKED;
    /* Release: pairs with the acquire of the next owner's lock. The last touch of the byte. */
    weft_fetch_and_release_u8(&mutex->state, (uint8_t)~cleared);
    return WOKEN;
}

/* Under the bucket's lock: hands the mutex to a thread that has waited too long, else releases it.
 */
static uintptr_t release_fairly(void *argument, const weft_unparked *unparked) {
    weft_mutex *mutex = argument;
    if (unparked->count == 0 || !is_overdue(unparked->since)) {
        return release_to_competition(argument, unparked);
    }
    if (!unparked->more) {
        /* Relaxed: LOCKED stays set, so nobody acquires by this byte; the new owner is ordered
         * after this one by its wake. */
        weft_fetch_and_relaxed_u8(&mutex->state, (uint8_t)~HAS_PARKED);
    }
    return HANDED_OVER;
}

/* Under the bucket's lock: wakes a waiter of a mutex that the caller does not own. */
static uintptr_t wake_to_compete(void *argument, const weft_unparked *unparked) {
    weft_mutex *mutex = argument;
    if (!unparked->more) {
        /* Relaxed: see abandon_wait. */
        weft_fetch_and_relaxed_u8(&mutex->state, (uint8_t)~HAS_PARKED);
    }
    return WOKEN;
}

/* This thread was woken, or handed the mutex, but its world is stopping: the next in the queue must
 * not wait for the world to go on. */
static void give_back(const weft_park_request *request, uintptr_t token) {
    weft_mutex *mutex = request->argument;
    if (token == HANDED_OVER) {
        weft_unpark_one(mutex, release_to_competition, mutex);
        return;
    }
    /* Relaxed: not older than the unlock that woke this thread, which comes before the wake. If
     * somebody has locked since, that owner's unlock finds HAS_PARKED, or has covered it by a plain
     * store and looks for the next. */
    if ((weft_load_relaxed_u8(&mutex->state) & (LOCKED | HAS_PARKED)) == HAS_PARKED) {
        weft_unpark_one(mutex, wake_to_compete, mutex);
    }
}

/* Sleeps until an unlock, a timeout or an interrupt; *result says whether to go on trying. Returns
 * the token of the wake, 0 if there was none. */
static uintptr_t sleep_on(weft_park_request *request, weft_lock_result *result) {
    uintptr_t token = 0;
    if (request->since == 0) {
        request->since = weft_now_ns();
    }
    weft_park_result parked = weft_park(request, &token);
    if (parked == WEFT_PARK_TIMEOUT) {
        *result = WEFT_LOCK_TIMEOUT;
    } else if (parked == WEFT_PARK_INTERRUPTED) {
        *result = WEFT_LOCK_INTERRUPTED;
    }
    request->marked = false;
    /* Who was woken once is first until it has the mutex: its turn has come, and its time counts. */
    request->front = request->front || token != 0;
    return token;
}

/* Spins, sleeps, and competes until the mutex is this thread's or `request` has had enough. */
static weft_lock_result compete(weft_mutex *mutex, weft_park_request *request) {
    weft_backoff backoff = {0};
    weft_lock_result result = WEFT_LOCK_OK;
    uint8_t seen = weft_load_relaxed_u8(&mutex->state);
    for (;;) {
        if ((seen & LOCKED) == 0) {
            /* Acquire: pairs with the release of the last owner's unlock. */
            if (weft_cas_weak_acquire_u8(&mutex->state, &seen, (uint8_t)(seen | LOCKED))) {
                return WEFT_LOCK_OK;
            }
            continue;
        }
        if (result != WEFT_LOCK_OK) {
            return result;
        }
        if ((seen & HAS_PARKED) != 0 || weft_backoff_is_long(&backoff)) {
            request->marked |= weft_park_mark_busy(mutex);
        }
        if ((seen & HAS_PARKED) == 0) {
            if (weft_backoff_yield(&backoff)) {
                seen = weft_load_relaxed_u8(&mutex->state);
                continue;
            }
            /* Relaxed: park compares the byte again under the bucket's lock. */
            if (!weft_cas_weak_relaxed_u8(&mutex->state, &seen, (uint8_t)(seen | HAS_PARKED))) {
                continue;
            }
        }
        if (sleep_on(request, &result) == HANDED_OVER) {
            return WEFT_LOCK_OK;
        }
        backoff = (weft_backoff){0};
        seen = weft_load_relaxed_u8(&mutex->state);
    }
}

weft_lock_result weft_mutex_lock_slow(weft_mutex *mutex, uint64_t deadline, bool interruptible,
                                      weft_interrupt *interrupt) {
    weft_park_request request = {
        .address = mutex,
        .size = 1,
        .mask = LOCKED | HAS_PARKED,
        .expected = LOCKED | HAS_PARKED,
        .deadline = deadline,
        .interruptible = interruptible,
        .interrupt = interrupt,
        .hinted = true,
        .argument = mutex,
        .abandon = abandon_wait,
        .refuse = give_back,
    };
    /* Free, with host bits or a stale HAS_PARKED: no wait, so nothing for the contention hook. */
    if (weft_mutex_try_lock_slow(mutex)) {
        return WEFT_LOCK_OK;
    }
    if (deadline == 0) {
        return WEFT_LOCK_TIMEOUT;
    }
    uint64_t began = weft_park_contention_begin();
    weft_lock_result result = compete(mutex, &request);
    if (request.marked) {
        weft_park_unmark_busy(mutex);
    }
    if (result == WEFT_LOCK_OK) {
        weft_park_contention_end(mutex, began);
    }
    return result;
}

void weft_mutex_unlock_slow(weft_mutex *mutex) {
    uint8_t seen = weft_load_relaxed_u8(&mutex->state);
    for (;;) {
        if ((seen & LOCKED) == 0) {
            weft_fatal("unlock of a mutex that is not locked", "mutex", mutex, NULL);
        }
        if ((seen & HAS_PARKED) != 0) {
            weft_unpark_one(mutex, release_fairly, mutex);
            return;
        }
        /* Release: pairs with the acquire of the next owner's lock. The last touch of the byte. */
        if (weft_cas_weak_release_u8(&mutex->state, &seen, (uint8_t)(seen & ~LOCKED))) {
#if !WEFT_WITHOUT_HINTS
            if (weft_park_hint(mutex) == WEFT_HINT_SET) {
                weft_park_settle_hint(mutex);
            }
#endif
            return;
        }
    }
}

#if !WEFT_WITHOUT_HINTS
/* Under the bucket's lock: who is queued uses the mutex still; if nobody is, it may be gone. */
static uintptr_t wake_if_queued(void *argument, const weft_unparked *unparked) {
    weft_mutex *mutex = argument;
    if (unparked->count == 0) {
        return 0;
    }
    /* Relaxed: the bit's readers confirm it under the bucket's lock. The plain store has covered it. If
     * nobody is left and somebody has announced himself meanwhile, the next unlock looks. */
    if (unparked->more) {
        weft_fetch_or_relaxed_u8(&mutex->state, HAS_PARKED);
    }
    return WOKEN;
}

WEFT_COLD void weft_mutex_wake_late(weft_mutex *mutex) {
    weft_unpark_hinted(mutex, wake_if_queued, mutex);
}
#endif
