/* Read in this order: the queue, taking, releasing, switching, fork. */
#include "weft_gil.h"

#include "weft_host.h"
#include "weft_world.h"

enum { HELD = 1, WAITERS = 2 };
enum { WAITING = 0, RETRY = 1, GRANTED = 2 };

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

/* The lock has not changed hands for an interval. */
static void ask_holder(weft_runtime *runtime) {
    /* Acquire: pairs with the releases in become_holder and choose_next, so that the slot is made. */
    weft_thread *holder = weft_load_acquire_ptr(&runtime->gil.holder);
    if (holder == NULL) {
        return;
    }
    /* Relaxed, both: a request that carries nothing. */
    if ((weft_load_relaxed_u32(&holder->state) & WEFT_THREAD_DROP_GIL) == 0 &&
        (weft_fetch_or_relaxed_u32(&holder->state, WEFT_THREAD_DROP_GIL) & WEFT_THREAD_ATTACHED) !=
            0) {
        weft_host_kick(weft_load_relaxed_ptr(&holder->host));
    }
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

static void wait_for_turn(weft_runtime *runtime, weft_thread *self, uint32_t place) {
    /* Relaxed, both: tunables and counts. */
    uint64_t interval = weft_load_relaxed_u64(&runtime->gil.interval);
    uint64_t turns = weft_load_relaxed_u64(&runtime->gil.switches);
    /* The k-th in the queue expects k turns before it: a timer that ends then finds nothing to do
     * as a rule, where a timer for each interval would wake all threads for nothing. */
    uint64_t deadline = self->gil_since + interval * place;
    for (;;) {
        /* Acquire: pairs with the release in weft_gil_release_. */
        uint32_t signal = weft_load_acquire_u32(&self->gil_signal);
        if (signal == GRANTED) {
            self->holds_gil = true;
            return;
        }
        if (signal == RETRY && retry(runtime, self)) {
            return;
        }
        if (signal == WAITING &&
            weft_wait_word(&self->gil_signal, WAITING, deadline) == WEFT_WAIT_TIMED_OUT &&
            weft_now_ns() >= deadline) {
            uint64_t now_turns = weft_load_relaxed_u64(&runtime->gil.switches);
            if (now_turns == turns) {
                ask_holder(runtime);
            }
            turns = now_turns;
            deadline = weft_now_ns() + interval;
        }
    }
}

void weft_gil_take_(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    uint32_t seen = 0;
    uint32_t place = 0;
    /* Acquire: pairs with the release of the last holder. */
    if (WEFT_LIKELY(weft_cas_acquire_u32(&runtime->gil.word, &seen, HELD))) {
        become_holder(runtime, self);
    } else if (!take_or_queue(runtime, self, &place)) {
        wait_for_turn(runtime, self, place);
    }
}

/* ---- releasing -------------------------------------------------------------------------------- */

/* Under gil.lock: hands the lock to the first in the queue, or lets it compete. Who was asked to let
 * go hands over: the first has waited at least as long as the one who asked. Returns who is to be
 * woken, and with which signal. */
static weft_thread *choose_next(weft_runtime *runtime, uint32_t *signal) {
    weft_thread *next = runtime->gil.first;
    if (next == NULL) {
        /* Release: pairs with the acquires of take_if_free and weft_gil_take_. */
        weft_exchange_release_u32(&runtime->gil.word, 0);
        return NULL;
    }
    /* Relaxed, both: a tunable; and a count that changes under gil.lock. */
    uint64_t interval = weft_load_relaxed_u64(&runtime->gil.interval);
    if (weft_now_ns() - next->gil_since >= interval) {
        dequeue(runtime, next);
        /* Release: for who clears WAITERS by it later; the new holder acquires by its signal. */
        weft_exchange_release_u32(&runtime->gil.word, held_word(runtime));
        /* Release: as in become_holder; gil.lock brought this thread what `next` made before. */
        weft_store_release_ptr(&runtime->gil.holder, next);
        weft_store_relaxed_u64(&runtime->gil.switches,
                               weft_load_relaxed_u64(&runtime->gil.switches) + 1);
        *signal = GRANTED;
    } else {
        /* Release: as above. */
        weft_exchange_release_u32(&runtime->gil.word, WAITERS);
        *signal = RETRY;
    }
    /* Release: pairs with the acquire in wait_for_turn. Still under the lock: a thread that was told
     * to compete may else take the lock, go, and wait again before it is told. */
    weft_store_release_u32(&next->gil_signal, *signal);
    return next;
}

void weft_gil_release_(weft_thread *self) {
    weft_runtime *runtime = weft_thread_runtime(self);
    uint32_t seen = HELD;
    self->holds_gil = false;
    /* Relaxed: a hint; the next holder overwrites it. */
    weft_store_relaxed_ptr(&runtime->gil.holder, NULL);
    /* Release: pairs with the acquire in weft_gil_take_. */
    if (WEFT_LIKELY(weft_cas_release_u32(&runtime->gil.word, &seen, 0))) {
        return;
    }
    uint32_t signal = WAITING;
    weft_mutex_lock(&runtime->gil.lock);
    weft_thread *next = choose_next(runtime, &signal);
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
