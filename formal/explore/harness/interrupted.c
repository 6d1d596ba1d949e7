/* A raise ends each kind of wait, and leaves the lock as if nobody had waited. LOCK is READER, WRITER, RECURSIVE, EVENT or COND.
 * Main holds what is waited for, so nothing but the raise ends the wait. GRANTED: the raiser held it, and grants it then: the wait
 * ends by either, whoever got the lock has it, and who did not has nothing. What was done before the raise is seen after it. */
#include "harness.h"

#include "weft_cond.h"
#include "weft_event.h"
#include "weft_recursive.h"
#include "weft_rwmutex.h"

#define READER 1
#define WRITER 2
#define RECURSIVE 3
#define EVENT 4
#define COND 5
#ifndef LOCK
#define LOCK READER
#endif

static weft_interrupt interrupt;
static int reason;

#if LOCK == READER || LOCK == WRITER
static weft_rwmutex lock;
static void hold(void) {
    weft_rwmutex_write_lock(&lock);
}
static void grant(void) {
    weft_rwmutex_write_unlock(&lock);
}
#if LOCK == READER
static weft_lock_result waits_for(void) {
    return weft_rwmutex_read_lock_interruptible(&lock, WEFT_FOREVER, &interrupt);
}
static void leave(void) {
    weft_rwmutex_read_unlock(&lock);
}
#else
static weft_lock_result waits_for(void) {
    return weft_rwmutex_write_lock_interruptible(&lock, WEFT_FOREVER, &interrupt);
}
static void leave(void) {
    weft_rwmutex_write_unlock(&lock);
}
#endif
static bool is_as_before(void) {
    return weft_load_relaxed_uptr(&lock.state) == WEFT_RWMUTEX_WRITER;
}
static bool is_untouched(void) {
    return weft_load_relaxed_uptr(&lock.state) == 0;
}
#elif LOCK == RECURSIVE
static weft_recursive lock;
static void hold(void) {
    weft_recursive_lock(&lock);
}
static void grant(void) {
    weft_recursive_unlock(&lock);
}
static weft_lock_result waits_for(void) {
    return weft_recursive_lock_interruptible(&lock, WEFT_FOREVER, &interrupt);
}
static void leave(void) {
    weft_recursive_unlock(&lock);
}
static bool is_as_before(void) {
    return weft_load_relaxed_u8(&lock.mutex.state) == WEFT_MUTEX_LOCKED;
}
static bool is_untouched(void) {
    return weft_load_relaxed_u8(&lock.mutex.state) == 0;
}
#elif LOCK == EVENT
static weft_event event;
static void hold(void) {}
static void grant(void) {
    weft_event_set(&event);
}
static weft_lock_result waits_for(void) {
    return weft_event_wait_interruptible(&event, WEFT_FOREVER, &interrupt);
}
static void leave(void) {}
static bool is_as_before(void) {
    return weft_load_relaxed_u8(&event.state) == 0;
}
static bool is_untouched(void) {
    return weft_load_relaxed_u8(&event.state) == WEFT_EVENT_SET;
}
#else
static weft_cond cond;
static weft_mutex mutex;
static bool granted;
static void hold(void) {}
static void grant(void) {
    weft_mutex_lock(&mutex);
    granted = true;
    weft_mutex_unlock(&mutex);
    weft_cond_notify_one(&cond);
}
static weft_lock_result waits_for(void) {
    weft_lock_result result = WEFT_LOCK_OK;
    weft_mutex_lock(&mutex);
    while (!granted && result == WEFT_LOCK_OK) {
        result = weft_cond_wait_interruptible(&cond, &mutex, WEFT_FOREVER, &interrupt);
    }
    weft_mutex_unlock(&mutex); /* it is ours again, however the wait ended */
    return result;
}
static void leave(void) {}
static bool is_as_before(void) {
    return weft_load_relaxed_u8(&cond.state) == 0;
}
static bool is_untouched(void) {
    return weft_load_relaxed_u8(&cond.state) == 0 && weft_load_relaxed_u8(&mutex.state) == 0;
}
#endif

static void *waits(void *unused) {
    (void)unused;
    weft_lock_result result = waits_for();
    assert(weft_load_relaxed_ptr(&interrupt.waiter) ==
           NULL); /* later raises leave the record alone */
    if (result == WEFT_LOCK_INTERRUPTED) {
        assert(reason == 1);
        return NULL;
    }
#ifdef GRANTED
    assert(result == WEFT_LOCK_OK);
    leave();
#else
    assert(false);
#endif
    return NULL;
}

static void *raises(void *unused) {
    (void)unused;
#ifdef GRANTED
    hold();
#endif
    reason = 1;
    weft_interrupt_raise(&interrupt);
#ifdef GRANTED
    grant();
#endif
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {waits, raises};
#ifndef GRANTED
    hold();
#endif
    run_threads(2, bodies);
#ifdef GRANTED
    (void)is_as_before;
#else
    (void)leave;
    assert(is_as_before()); /* no bit is left of who waited */
    grant();
#endif
    assert(is_untouched());
    assert(weft_interrupt_clear(&interrupt));
    return 0;
}
