#include "weft_cond.h"

#include "weft_host.h"

#define HAS_PARKED WEFT_COND_HAS_PARKED

/* What a thread is told that weft_cond_notify_one has woken. */
enum { NOTIFIED = 1 };

typedef struct wait_state {
    weft_cond *cond;
    weft_mutex *mutex;
    const char *site;
    bool released;
} wait_state;

/* The waiter is queued: no notify can miss it any more. Or it naps instead: a spurious wake-up, then. */
static void release_mutex(const weft_park_request *request) {
    wait_state *wait = request->argument;
    wait->released = true;
    weft_mutex_unlock_at(wait->mutex, wait->site);
}

static void clear_if_last(weft_cond *cond, bool more) {
    if (!more) {
        /* Relaxed: a waiter that sets the bit again does so before it queues, and finds it cleared
         * under the bucket's lock otherwise; see also weft_cond_notify_one. */
        weft_fetch_and_relaxed_u8(&cond->state, (uint8_t)~HAS_PARKED);
    }
}

/* Under the bucket's lock. */
static void abandon_wait(const weft_park_request *request, bool more) {
    wait_state *wait = request->argument;
    clear_if_last(wait->cond, more);
}

/* Under the bucket's lock. */
static uintptr_t notify_first(void *argument, const weft_unparked *unparked) {
    clear_if_last(argument, unparked->more);
    return NOTIFIED;
}

/* Under the bucket's lock. Everybody is woken: nobody has to pass the notification on. */
static uintptr_t notify_each(void *argument, const weft_unparked *unparked) {
    clear_if_last(argument, unparked->more);
    return 0;
}

/* Under the bucket's lock. If nobody is queued, the condition may be gone: it is not touched. */
static uintptr_t notify_instead(void *argument, const weft_unparked *unparked) {
    return unparked->count == 0 ? 0 : notify_first(argument, unparked);
}

/* This thread was notified, but its world is stopping: another waiter may be able to act on it. */
static void notify_next(const weft_park_request *request, uintptr_t token) {
    wait_state *wait = request->argument;
    (void)token;
    weft_unpark_one(wait->cond, notify_instead, wait->cond);
}

static weft_lock_result wait_until(weft_cond *cond, weft_mutex *mutex,
                                   const weft_park_request *limits, const char *site) {
    wait_state wait = {.cond = cond, .mutex = mutex, .site = site, .released = false};
    weft_park_request request = *limits;
    request.address = cond;
    request.size = 1;
    request.mask = HAS_PARKED;
    request.expected = HAS_PARKED;
    request.argument = &wait;
    request.queued = release_mutex;
    request.abandon = abandon_wait;
    request.refuse = notify_next;
    if (!weft_mutex_is_locked(mutex)) {
        weft_fatal("wait with a mutex that is not locked", "condition", cond, NULL);
    }
    /* Relaxed: the mutex publishes it, see weft_cond_notify_one. */
    weft_fetch_or_relaxed_u8(&cond->state, HAS_PARKED);
    uintptr_t token = 0;
    weft_park_result parked = weft_park(&request, &token);
    if (!wait.released) {
        /* Not queued: a notify for others came in between. A spurious wake-up, then; the others get
         * their turn at the mutex. */
        weft_mutex_unlock_at(mutex, site);
    }
    weft_mutex_lock_at(mutex, site);
    if (parked == WEFT_PARK_TIMEOUT) {
        return WEFT_LOCK_TIMEOUT;
    }
    return parked == WEFT_PARK_INTERRUPTED ? WEFT_LOCK_INTERRUPTED : WEFT_LOCK_OK;
}

void weft_cond_wait_at(weft_cond *cond, weft_mutex *mutex, const char *site) {
    weft_park_request limits = {.deadline = WEFT_WAIT_FOREVER};
    (void)wait_until(cond, mutex, &limits, site);
}

weft_lock_result weft_cond_wait_for_at(weft_cond *cond, weft_mutex *mutex, int64_t timeout,
                                       const char *site) {
    weft_park_request limits = {.deadline = weft_lock_deadline(timeout)};
    return wait_until(cond, mutex, &limits, site);
}

weft_lock_result weft_cond_wait_interruptible_at(weft_cond *cond, weft_mutex *mutex,
                                                 int64_t timeout, weft_interrupt *interrupt,
                                                 const char *site) {
    weft_park_request limits = {
        .deadline = weft_lock_deadline(timeout), .interruptible = true, .interrupt = interrupt};
    return wait_until(cond, mutex, &limits, site);
}

WEFT_COLD void weft_cond_notify_one_slow(weft_cond *cond) {
    weft_unpark_one(cond, notify_first, cond);
}

WEFT_COLD void weft_cond_notify_all_slow(weft_cond *cond) {
    weft_unpark_all(cond, notify_each, cond);
}
