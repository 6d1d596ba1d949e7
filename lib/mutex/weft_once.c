#include "weft_once.h"

#include "weft_host.h"

#define RUNNING WEFT_ONCE_RUNNING
#define HAS_PARKED WEFT_ONCE_HAS_PARKED
#define DONE WEFT_ONCE_DONE

/* What a thread is told that is woken after a failure. */
enum { MAY_TRY = 1 };

/* Under the bucket's lock: wakes a thread to try. HAS_PARKED goes with the last waiter. */
static uintptr_t wake_to_try(void *argument, const weft_unparked *unparked) {
    weft_once *once = argument;
    if (!unparked->more) {
        /* Relaxed: the bit's readers confirm it under the bucket's lock. */
        weft_fetch_and_relaxed_u8(&once->state, (uint8_t)~HAS_PARKED);
    }
    return MAY_TRY;
}

/* Under the bucket's lock: the run failed, the same. */
static uintptr_t fail(void *argument, const weft_unparked *unparked) {
    weft_once *once = argument;
    /* Release: pairs with the acquire of the next runner. */
    weft_fetch_and_release_u8(&once->state,
                              (uint8_t)~(unparked->more ? RUNNING : RUNNING | HAS_PARKED));
    return MAY_TRY;
}

/* Under the bucket's lock: the run succeeded, and everybody is woken. */
static uintptr_t finish(void *argument, const weft_unparked *unparked) {
    weft_once *once = argument;
    (void)unparked;
    /* Release: pairs with the acquire in weft_once_is_done. The last touch of the byte. */
    weft_exchange_release_u8(&once->state, DONE);
    return 0;
}

/* This thread was woken to try, but its world is stopping: the next in the queue need not wait for
 * the world to go on. If another thread runs the function already, its end wakes the next. */
static void pass_on(const weft_park_request *request, uintptr_t token) {
    weft_once *once = request->argument;
    (void)token;
    /* Relaxed: this thread was woken by the change to this value or an earlier one, so it sees
     * nothing older. */
    if (weft_load_relaxed_u8(&once->state) == HAS_PARKED) {
        weft_unpark_one(once, wake_to_try, once);
    }
}

bool weft_once_begin_slow(weft_once *once, const char *site) {
    weft_park_request request = {
        .address = once,
        .size = 1,
        .mask = RUNNING | HAS_PARKED,
        .expected = RUNNING | HAS_PARKED,
        .deadline = WEFT_WAIT_FOREVER,
        .argument = once,
        .refuse = pass_on,
    };
    weft_backoff backoff = {0};
    weft_lockcheck_before(once, "once", site);
    for (;;) {
        /* Acquire: pairs with the release of DONE. */
        uint8_t seen = weft_load_acquire_u8(&once->state);
        if (seen == DONE) {
            return false;
        }
        if ((seen & RUNNING) == 0) {
            /* Acquire: pairs with the release of the run that failed. */
            if (weft_cas_weak_acquire_u8(&once->state, &seen, (uint8_t)(seen | RUNNING))) {
                weft_lockcheck_acquired(once, "once", site);
                return true;
            }
            continue;
        }
        if ((seen & HAS_PARKED) == 0) {
            if (weft_backoff_pause(&backoff)) {
                continue;
            }
            /* Relaxed: park compares the byte again under the bucket's lock. */
            if (!weft_cas_weak_relaxed_u8(&once->state, &seen, RUNNING | HAS_PARKED)) {
                continue;
            }
        }
        uintptr_t token = 0;
        (void)weft_park(&request, &token);
        request.front = token == MAY_TRY;
    }
}

void weft_once_end_at(weft_once *once, bool succeeded, const char *site) {
    (void)site;
    uint8_t seen = RUNNING;
    if ((weft_load_relaxed_u8(&once->state) & RUNNING) == 0) {
        weft_fatal("end of a once that is not running", "once", once, NULL);
    }
    weft_lockcheck_released(once, "once", site);
    /* Release: pairs with the acquire in weft_once_is_done, or of the next runner. The last touch
     * of the byte. */
    if (weft_cas_release_u8(&once->state, &seen, succeeded ? DONE : 0)) {
        return;
    }
    if (succeeded) {
        weft_unpark_all(once, finish, once);
    } else {
        weft_unpark_one(once, fail, once);
    }
}

int weft_once_call_slow(weft_once *once, int (*function)(void *), void *argument,
                        const char *site) {
    if (!weft_once_begin_slow(once, site)) {
        return 0;
    }
    int result = function(argument);
    weft_once_end_at(once, result == 0, site);
    return result;
}
