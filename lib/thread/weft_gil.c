/* Read in this order: the queue, taking, releasing, switching, fork. */
#include "weft_gil.h"

#include "weft_host.h"
#include "weft_lock.h"
#include "weft_world.h"

enum { HELD = 1, WAITERS = 2 };
enum { WAITING = 0, RETRY = 1, GRANTED = 2, NEXT = 3 };

/* ---- the queue: under gil.lock ------------------------------------------------------------------ */

static void enqueue(weft_runtime *runtime, weft_thread *self) {
    self->gil_next = NULL;
    if (runtime->gil.first == NULL) {
        runtime->gil.first = self;
    } else {
        runtime->gil.last->gil_next = self;
    }
    runtime->gil.last = self;
    runtime->gil.queued++;
}

static void dequeue(weft_runtime *runtime, weft_thread *self) {
    weft_thread *previous = NULL;
    for (weft_thread *thread = runtime->gil.first; thread != self; thread = thread->gil_next) {
        previous = thread;
    }
    if (previous == NULL) {
        runtime->gil.first = self->gil_next;
    } else {
        previous->gil_next = self->gil_next;
    }
    if (runtime->gil.last == self) {
        runtime->gil.last = previous;
    }
    runtime->gil.queued--;
}

static uint32_t held_word(const weft_runtime *runtime) {
    return runtime->gil.first != NULL ? HELD | WAITERS : HELD;
}

/* ---- taking --------------------------------------------------------------------------------------- */

static void become_holder(weft_runtime *runtime, weft_thread *self) {
    /* Release: pairs with the acquire in ask_holder, so that a slot is made before it is asked. It is
     * a hint beyond that: a slot that is wrong does a safepoint too many. */
    weft_store_release_ptr(&runtime->gil.holder, self);
    self->holds_gil = true;
}

/* Under gil.lock, with WAITERS set: takes the lock if it is free. */
static bool take_if_free(weft_runtime *runtime, weft_thread *self, bool queued) {
    /* Relaxed: while WAITERS is set the word changes under gil.lock only. */
    if ((weft_load_relaxed_u32(&runtime->gil.word) & HELD) != 0) {
        return false;
    }
    if (queued) {
        dequeue(runtime, self);
    }
    /* Acquire: pairs with the release of the last holder. */
    weft_exchange_acquire_u32(&runtime->gil.word, held_word(runtime));
    become_holder(runtime, self);
    return true;
}

/* True if the lock is taken; false: queued. */
static bool take_or_queue(weft_runtime *runtime, weft_thread *self, uint32_t *place) {
    weft_mutex_lock(&runtime->gil.lock);
    /* Relaxed: from here on the holder's release comes to gil.lock. */
    weft_fetch_or_relaxed_u32(&runtime->gil.word, WAITERS);
    bool taken = take_if_free(runtime, self, false);
    if (!taken) {
        /* Relaxed: published by gil.lock. */
        weft_store_relaxed_u32(&self->gil_signal, WAITING);
        self->gil_since = weft_now_ns();
        enqueue(runtime, self);
        *place = runtime->gil.queued;
    }
    weft_mutex_unlock(&runtime->gil.lock);
    return taken;
}

static bool retry(weft_runtime *runtime, weft_thread *self) {
    weft_mutex_lock(&runtime->gil.lock);
    /* Relaxed: changed under gil.lock, except to GRANTED by who dequeued this thread under it. */
    bool queued = weft_load_relaxed_u32(&self->gil_signal) == RETRY;
    bool taken = queued && take_if_free(runtime, self, true);
    if (queued && !taken) {
        weft_store_relaxed_u32(&self->gil_signal, WAITING);
    }
    weft_mutex_unlock(&runtime->gil.lock);
    return taken;
}

/* The time `turns` intervals after another. */
static uint64_t later(uint64_t when, uint64_t interval, uint64_t turns) {
    return interval < (WEFT_WAIT_FOREVER - when) / turns ? when + interval * turns
                                                         : WEFT_WAIT_FOREVER;
}

static void ask_holder(weft_runtime *runtime) {
    /* Acquire: pairs with the release in become_holder, so that the slot is made. */
    weft_thread *holder = weft_load_acquire_ptr(&runtime->gil.holder);
    if (holder == NULL) {
        return;
    }
    /* Relaxed: a guess. Acquire: as in weft_thread_break; the holder may be found late, when its slot is another
     * thread's. The request carries nothing. */
    if ((weft_load_relaxed_u32(&holder->state) & WEFT_THREAD_DROP_GIL) == 0 &&
        (weft_fetch_or_acquire_u32(&holder->state, WEFT_THREAD_DROP_GIL) & WEFT_THREAD_ATTACHED) !=
            0) {
        weft_host_kick(weft_load_relaxed_ptr(&holder->host));
    }
}

/* Pauses between two looks at the signal, before the yields begin: 2.5 us on an AMD Zen 4, more than
 * an interpreter takes to its next safepoint. With yields alone, half a microsecond each, a hand-over takes
 * 1.6 us instead of 0.8. A model checker compiles with fewer. */
#ifndef WEFT_GIL_SPIN_STEPS
#define WEFT_GIL_SPIN_STEPS 64
#endif

/* The first in the queue asks, and stays awake until the lock is handed to it: so the lock does not
 * wait for a thread that wakes. A holder that is far from a safepoint wakes it then. False: it has not been told anything. */
static bool ask_and_spin(weft_runtime *runtime, weft_thread *self) {
    weft_backoff backoff = {0};
    uint32_t seen = NEXT;
    unsigned steps = 0;
    ask_holder(runtime);
    /* Relaxed, both: wait_for_turn loads it again, in order. */
    while (weft_load_relaxed_u32(&self->gil_signal) == NEXT) {
        if (steps++ < WEFT_GIL_SPIN_STEPS) {
            weft_spin_pause();
        } else if (!weft_backoff_yield(&backoff)) {
            return !weft_cas_relaxed_u32(&self->gil_signal, &seen, WAITING);
        }
    }
    return true;
}

/* This thread has waited until its deadline: if the lock has not been handed over for an interval, it
 * is for the first in the queue to ask. Returns the next deadline. */
static uint64_t look_at_the_clock(weft_runtime *runtime, const weft_thread *self,
                                  uint64_t interval) {
    weft_thread *woken = NULL;
    weft_mutex_lock(&runtime->gil.lock);
    uint64_t now = weft_now_ns();
    uint64_t due = later(runtime->gil.handed_at, interval, 1);
    weft_thread *first = runtime->gil.first;
    uint64_t deadline = later(now < due ? due : now, interval, 1);
    if (now < due && first == self) {
        deadline = due;
    }
    /* Relaxed, both: this thread, or one that is woken now, asks the holder and carries nothing. */
    if (now >= due && first != NULL && weft_load_relaxed_u32(&first->gil_signal) == WAITING) {
        weft_store_relaxed_u32(&first->gil_signal, NEXT);
        woken = first != self ? first : NULL;
    }
    weft_mutex_unlock(&runtime->gil.lock);
    if (woken != NULL) {
        weft_wake_word(&woken->gil_signal);
    }
    return deadline;
}

static void wait_for_turn(weft_runtime *runtime, weft_thread *self, uint32_t place) {
    /* Relaxed: a tunable. */
    uint64_t interval = weft_load_relaxed_u64(&runtime->gil.interval);
    /* The k-th in the queue expects k turns before it: a timer that ends then finds nothing to do
     * as a rule, where a timer for each interval would wake all threads for nothing. */
    uint64_t deadline = later(self->gil_since, interval, place);
    for (;;) {
        /* Acquire: pairs with the release in choose_next. */
        uint32_t signal = weft_load_acquire_u32(&self->gil_signal);
        if (signal == GRANTED) {
            self->holds_gil = true;
            return;
        }
        if (signal == RETRY && retry(runtime, self)) {
            return;
        }
        /* The clock is read only by who goes on waiting: it takes as long as a quarter of a hand-over. */
        if (signal == NEXT && !ask_and_spin(runtime, self)) {
            deadline = later(weft_now_ns(), interval, 1);
        }
        if (signal == WAITING &&
            weft_wait_word(&self->gil_signal, WAITING, deadline) == WEFT_WAIT_TIMED_OUT &&
            weft_now_ns() >= deadline) {
            deadline = look_at_the_clock(runtime, self, interval);
        }
    }
}

static bool take_at_once(weft_runtime *runtime, weft_thread *self) {
    uint32_t seen = 0;
    /* Acquire: pairs with the release of the last holder. */
    if (!weft_cas_acquire_u32(&runtime->gil.word, &seen, HELD)) {
        return false;
    }
    become_holder(runtime, self);
    return true;
}

/* The lock is held: it may be free in a moment. While others are queued they come first. */
static bool spin(weft_runtime *runtime, weft_thread *self) {
    weft_backoff backoff = {0};
    uint32_t seen;
    do {
        /* Relaxed: take_at_once compares it again, in order. */
        seen = weft_load_relaxed_u32(&runtime->gil.word);
        if (seen == 0 && take_at_once(runtime, self)) {
            return true;
        }
    } while ((seen & WAITERS) == 0 && weft_backoff_yield(&backoff));
    return false;
}

void weft_gil_take_(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    uint32_t place = 0;
    if (!take_at_once(runtime, self) && !spin(runtime, self) &&
        !take_or_queue(runtime, self, &place)) {
        wait_for_turn(runtime, self, place);
    }
}

/* ---- releasing -------------------------------------------------------------------------------- */

/* Under gil.lock, with WAITERS set: hands the lock to the first in the queue, or lets it compete. Who was asked to let
 * go hands over: the first has waited at least as long as the one who asked. Returns who is to be
 * woken. */
static weft_thread *choose_next(weft_runtime *runtime) {
    /* There is one: who sets WAITERS in a held word queues before it lets go of gil.lock, and leaves the queue with the
     * lock, which takes WAITERS back if nobody else is queued. */
    weft_thread *next = runtime->gil.first;
    /* Relaxed, all: who was told to be the next has waited for an interval; a tunable; and a count
     * that changes under gil.lock. */
    bool due = weft_load_relaxed_u32(&next->gil_signal) == NEXT ||
               weft_now_ns() - next->gil_since >= weft_load_relaxed_u64(&runtime->gil.interval);
    if (due) {
        dequeue(runtime, next);
        /* Relaxed: the new holder acquires by its signal, and all others what that one releases. */
        weft_exchange_relaxed_u32(&runtime->gil.word, held_word(runtime));
        /* Relaxed: who asks is queued. If it finds a slot that was chosen here, that one had queued before it, under
         * gil.lock: the slot is made. */
        weft_store_relaxed_ptr(&runtime->gil.holder, next);
        weft_store_relaxed_u64(&runtime->gil.switches,
                               weft_load_relaxed_u64(&runtime->gil.switches) + 1);
    } else {
        /* Relaxed: while WAITERS is set the lock is taken under gil.lock only, which orders it. */
        weft_exchange_relaxed_u32(&runtime->gil.word, WAITERS);
    }
    /* Release: pairs with the acquire in wait_for_turn. Still under the lock: a thread that was told
     * to compete may else take the lock, go, and wait again before it is told. */
    uint32_t told = weft_exchange_release_u32(&next->gil_signal, due ? GRANTED : RETRY);
    if (due) {
        runtime->gil.handed_at = weft_now_ns(); /* behind the signal: nobody waits for it */
    }
    return told == WAITING ? next : NULL; /* who is awake needs no wake */
}

void weft_gil_release_(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    /* Relaxed: a guess, which the CAS compares. */
    uint32_t seen = weft_load_relaxed_u32(&runtime->gil.word);
    self->holds_gil = false;
    /* Relaxed: a hint; the next holder overwrites it. */
    weft_store_relaxed_ptr(&runtime->gil.holder, NULL);
    /* Release: pairs with the acquire in take_at_once. */
    if (WEFT_LIKELY(seen == HELD) && weft_cas_release_u32(&runtime->gil.word, &seen, 0)) {
        return;
    }
    weft_mutex_lock(&runtime->gil.lock);
    weft_thread *next = choose_next(runtime);
    weft_mutex_unlock(&runtime->gil.lock);
    if (next != NULL) {
        /* Slots are never unmapped: at worst this wakes a thread for nothing. */
        weft_wake_word(&next->gil_signal);
    }
}

/* ---- switching --------------------------------------------------------------------------------- */

void weft_gil_set_interval(weft_runtime *runtime, uint64_t nanoseconds) {
    /* Relaxed: a tunable. */
    weft_store_relaxed_u64(&runtime->gil.interval,
                           nanoseconds != 0 ? nanoseconds : WEFT_GIL_INTERVAL_NS);
}

weft_thread_result weft_gil_set(weft_thread *self, bool on) {
    weft_runtime *runtime = weft_thread_runtime(self);
    bool stopped_before = self->world_stopped;
    if (!stopped_before && weft_world_stop(self) != WEFT_THREAD_OK) {
        return WEFT_THREAD_CLOSED;
    }
    /* Relaxed: published by the release that clears STOP. */
    weft_store_relaxed_u32(&runtime->gil.on, on);
    self->unhooked = true;
    if (on && !self->holds_gil) {
        /* Only threads on their way to attach hold it: each finds the world stopped and lets go. */
        weft_gil_take_(self);
    } else if (!on && self->holds_gil) {
        weft_gil_release_(self);
    }
    self->unhooked = false;
    if (!stopped_before) {
        weft_world_resume(self);
    }
    return WEFT_THREAD_OK;
}

/* ---- fork --------------------------------------------------------------------------------------- */

void weft_gil_after_fork_child_(weft_runtime *runtime, weft_thread *holder) {
    static const weft_mutex FRESH = WEFT_MUTEX_INIT;
    runtime->gil.lock = FRESH;
    runtime->gil.first = NULL;
    runtime->gil.last = NULL;
    runtime->gil.queued = 0;
    weft_store_relaxed_u32(&runtime->gil.word, holder != NULL ? HELD : 0);
    weft_store_relaxed_ptr(&runtime->gil.holder, holder);
}
