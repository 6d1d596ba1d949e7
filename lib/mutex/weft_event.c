#include "weft_event.h"

#define SET WEFT_EVENT_SET
#define HAS_PARKED WEFT_EVENT_HAS_PARKED

/* What a thread is told that a set has woken: it need not look at the byte, which may have been
 * reset since. */
enum { RELEASED = 1 };

/* Under the bucket's lock: everybody is woken. */
static uintptr_t set_and_release(void *argument, const weft_unparked *unparked) {
    weft_event *event = argument;
    (void)unparked;
    /* Release: pairs with the acquires in weft_event_is_set and weft_event_reset. The last touch of
     * the byte: from here on a waiter may free it. */
    weft_exchange_release_u8(&event->state, SET);
    return RELEASED;
}

void weft_event_set(weft_event *event) {
    uint8_t seen = weft_load_relaxed_u8(&event->state);
    do {
        if ((seen & HAS_PARKED) != 0) {
            weft_unpark_all(event, set_and_release, event);
            return;
        }
        /* Release: pairs with the acquires in weft_event_is_set and weft_event_reset. Also when the
         * event is set already: a reset that follows must see what this thread did before. */
    } while (!weft_cas_weak_release_u8(&event->state, &seen, SET));
}

bool weft_event_reset(weft_event *event) {
    /* Acquire: pairs with the release in weft_event_set: what happened before the sets that this
     * undoes is visible. */
    return (weft_fetch_and_acquire_u8(&event->state, (uint8_t)~SET) & SET) != 0;
}

/* Under the bucket's lock: HAS_PARKED goes when the last waiter gives up. */
static void abandon_wait(const weft_park_request *request, bool more) {
    if (!more) {
        weft_event *event = request->argument;
        /* Relaxed: the bit's readers confirm it under the bucket's lock. */
        weft_fetch_and_relaxed_u8(&event->state, (uint8_t)~HAS_PARKED);
    }
}

static weft_lock_result wait_parked(weft_event *event, const weft_park_request *request) {
    weft_backoff backoff = {0};
    weft_park_result parked = WEFT_PARK_WOKEN;
    for (;;) {
        /* Acquire: pairs with the release in weft_event_set. */
        uint8_t seen = weft_load_acquire_u8(&event->state);
        if ((seen & SET) != 0) {
            return WEFT_LOCK_OK;
        }
        if (parked == WEFT_PARK_TIMEOUT) {
            return WEFT_LOCK_TIMEOUT;
        }
        if (parked == WEFT_PARK_INTERRUPTED) {
            return WEFT_LOCK_INTERRUPTED;
        }
        if ((seen & HAS_PARKED) == 0) {
            if (weft_backoff_pause(&backoff)) {
                continue;
            }
            /* Relaxed: park compares the byte again under the bucket's lock. */
            if (!weft_cas_weak_relaxed_u8(&event->state, &seen, HAS_PARKED)) {
                continue;
            }
        }
        uintptr_t token = 0;
        parked = weft_park(request, &token);
        if (token == RELEASED) {
            return WEFT_LOCK_OK;
        }
    }
}

weft_lock_result weft_event_wait_slow(weft_event *event, uint64_t deadline, bool interruptible,
                                      weft_interrupt *interrupt) {
    weft_park_request request = {
        .address = event,
        .size = 1,
        .mask = SET | HAS_PARKED,
        .expected = HAS_PARKED,
        .deadline = deadline,
        .interruptible = interruptible,
        .interrupt = interrupt,
        .argument = event,
        .abandon = abandon_wait,
    };
    if (deadline == 0) {
        return weft_event_is_set(event) ? WEFT_LOCK_OK : WEFT_LOCK_TIMEOUT;
    }
    return wait_parked(event, &request);
}
