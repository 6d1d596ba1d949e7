/* Two threads wait for what main holds and the third gives up. The first that is handed something, or woken for it, finds its
 * world stopping: it gives that back, and its world goes on only when the other waiter is through. So what it gives back has to reach
 * the other. WHAT: mutex, once, cond, rwmutex (ROLES: r or w for each waiter), seqlock. */
#include "weft_cond.h"
#include "weft_once.h"
#include "weft_rwmutex.h"
#include "weft_seqlock.h"

#include "harness.h"

#define MUTEX 0
#define ONCE 1
#define COND 2
#define RWMUTEX 3
#define SEQLOCK 4
#ifndef WHAT
#define WHAT MUTEX
#endif
#ifndef ROLES
#define ROLES "ww"
#endif

static weft_atomic_u32 refused;           /* somebody has been */
static weft_atomic_u32 outside;           /* and waits for its world */
static weft_atomic_u32 through;           /* a waiter is */
static _Thread_local bool may_be_refused; /* not while it locks the mutex of a condition */
static _Thread_local bool must_wait;

static void *current(void) {
    return &must_wait;
}
static void enter(void *context) {
    (void)context;
}
static bool try_leave(void *context) {
    (void)context;
    must_wait = may_be_refused && weft_exchange_relaxed_u32(&refused, 1) == 0;
    may_be_refused = false;
    return !must_wait;
}
static void leave(void *context) {
    (void)context;
    if (must_wait) {
        weft_store_relaxed_u32(&outside, 1);
        await_value(&through, 1);
        weft_store_relaxed_u32(&outside, 0);
        must_wait = false;
    }
}

static const weft_park_hook HOOK = {current, enter, try_leave, leave, NULL};

static void get_through(void) {
    weft_store_release_u32(&through, 1);
}

#if WHAT == MUTEX

static weft_mutex mutex;

static void hold(void) {
    weft_mutex_lock(&mutex);
}
static void give_up(void) {
    weft_mutex_unlock(&mutex);
}
static void take(char role) {
    (void)role;
    weft_mutex_lock(&mutex);
    if (weft_load_relaxed_u32(&outside)) {
        assert(weft_load_relaxed_u8(&mutex.state) == WEFT_MUTEX_LOCKED); /* nobody else waits */
    }
    get_through();
    weft_mutex_unlock(&mutex);
}

#elif WHAT == ONCE

static weft_once once;

static void hold(void) {
    assert(weft_once_begin(&once));
}
static void give_up(void) {
    weft_once_end(&once, false);
}
static int run(void *unused) {
    (void)unused;
    if (weft_load_relaxed_u32(&outside)) {
        assert(weft_load_relaxed_u8(&once.state) == WEFT_ONCE_RUNNING); /* nobody else waits */
    }
    get_through();
    return 0;
}
static void take(char role) {
    (void)role;
    assert(weft_once_call(&once, run, NULL) == 0);
}

#elif WHAT == COND

static weft_mutex mutex;
static weft_cond cond;
static bool open;

static void hold(void) {}
static void give_up(void) {
    weft_mutex_lock(&mutex);
    open = true;
    weft_mutex_unlock(&mutex);
    weft_cond_notify_one(&cond);
}
/* Who is through lets the next one in. */
static void take(char role) {
    (void)role;
    weft_mutex_lock(&mutex);
    while (!open) {
        may_be_refused = true;
        weft_cond_wait(&cond, &mutex);
        may_be_refused = false;
    }
    weft_mutex_unlock(&mutex);
    get_through();
    weft_cond_notify_one(&cond);
}

#elif WHAT == RWMUTEX

static weft_rwmutex lock;

static void hold(void) {
    weft_rwmutex_write_lock(&lock);
}
static void give_up(void) {
    weft_rwmutex_write_unlock(&lock);
}
static void take(char role) {
    if (role == 'r') {
        weft_rwmutex_read_lock(&lock);
        get_through();
        weft_rwmutex_read_unlock(&lock);
    } else {
        weft_rwmutex_write_lock(&lock);
        get_through();
        weft_rwmutex_write_unlock(&lock);
    }
}

#else

static weft_seqlock lock;

static void hold(void) {
    weft_seqlock_write_begin(&lock);
}
static void give_up(void) {
    weft_seqlock_write_end(&lock);
}
static void take(char role) {
    (void)role;
    weft_seqlock_write_begin(&lock);
    get_through();
    weft_seqlock_write_end(&lock);
}

#endif

static void *gives_up(void *unused) {
    (void)unused;
    give_up();
    return NULL;
}

static void *takes(void *index) {
    may_be_refused = WHAT != COND;
    take(ROLES[(uintptr_t)index - 1]);
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {gives_up, takes, takes};
#ifdef FAIRNESS
    weft_mutex_set_fairness(FAIRNESS);
#endif
    weft_park_set_hook(&HOOK);
    hold();
    run_threads(3, bodies);
    return 0;
}
