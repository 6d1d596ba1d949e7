/* A lone thread waits for what main holds, and gives that up in main's stead when it is queued: it sleeps once, is woken, gets
 * it, and the word says so. WHAT: mutex, reader, writer, once, event. STALE: the word has the bit of sleepers already, as a waiter
 * leaves it for whom there was no wait record; and where nobody sleeps at all, whoever gives a rwmutex up takes the bit back. */
#include "weft_event.h"
#include "weft_mutex.h"
#include "weft_once.h"
#include "weft_rwmutex.h"

#include "harness.h"

#define MUTEX 0
#define READER 1
#define WRITER 2
#define ONCE 3
#define EVENT 4
#ifndef WHAT
#define WHAT MUTEX
#endif

#if WHAT == MUTEX

static weft_mutex mutex;

static void hold(void) {
    weft_mutex_lock(&mutex);
#ifdef STALE
    weft_fetch_or_relaxed_u8(&mutex.state, WEFT_MUTEX_HAS_PARKED);
#endif
}
static void give_up(void) {
    weft_mutex_unlock(&mutex);
}
static void take(void) {
    weft_mutex_lock(&mutex);
    weft_mutex_unlock(&mutex);
}
static void check(void) {
    assert(weft_load_relaxed_u8(&mutex.state) == 0);
}

#elif WHAT == READER || WHAT == WRITER

static weft_rwmutex lock;

static void hold(void) {
    weft_rwmutex_write_lock(&lock);
#ifdef STALE
    weft_fetch_or_relaxed_uptr(&lock.state, WHAT == READER ? WEFT_RWMUTEX_READERS_PARKED
                                                           : WEFT_RWMUTEX_WRITERS_PARKED);
#endif
}
static void give_up(void) {
    weft_rwmutex_write_unlock(&lock);
}
static void take(void) {
    if (WHAT == READER) {
        weft_rwmutex_read_lock(&lock);
        weft_rwmutex_read_unlock(&lock);
    } else {
        weft_rwmutex_write_lock(&lock);
        weft_rwmutex_write_unlock(&lock);
    }
}
static void check(void) {
    assert(weft_load_relaxed_uptr(&lock.state) == 0);
#ifdef STALE
    hold();
    weft_rwmutex_write_unlock(&lock);
    assert(weft_load_relaxed_uptr(&lock.state) == 0);
    hold();
    weft_rwmutex_downgrade(&lock);
    weft_rwmutex_read_unlock(&lock);
    assert(weft_load_relaxed_uptr(&lock.state) == 0);
#endif
}

#elif WHAT == ONCE

static weft_once once;

static void hold(void) {
    assert(weft_once_begin(&once));
}
static void give_up(void) {
    weft_once_end(&once, true);
}
static void take(void) {
    assert(!weft_once_begin(&once));
}
static void check(void) {
    assert(weft_load_relaxed_u8(&once.state) == WEFT_ONCE_DONE);
}

#else

static weft_event event;

static void hold(void) {}
static void give_up(void) {
    weft_event_set(&event);
}
static void take(void) {
    weft_event_wait(&event);
}
static void check(void) {
    assert(weft_load_relaxed_u8(&event.state) == WEFT_EVENT_SET);
}

#endif

static int slept;

static void *current(void) {
    return &slept;
}
static void enter(void *context) {
    (void)context;
    slept++;
    give_up();
}
static bool try_leave(void *context) {
    (void)context;
    return true;
}
static void leave(void *context) {
    (void)context;
}

static void *waits(void *unused) {
    (void)unused;
    take();
    return NULL;
}

int main(void) {
    static const weft_park_hook HOOK = {current, enter, try_leave, leave, NULL};
    void *(*bodies[])(void *) = {waits};
    hold();
    weft_park_set_hook(&HOOK);
    run_threads(1, bodies);
    assert(slept == 1);
    weft_park_set_hook(NULL);
    check();
    return 0;
}
