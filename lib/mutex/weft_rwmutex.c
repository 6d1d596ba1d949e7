/* Read in this order: modes, waking, releasing, what sleepers do when they are refused or give up,
 * acquiring. */
#include "weft_rwmutex.h"

#include "weft_host.h"

#if WEFT_CHECKED
#include <stdio.h>
#endif

#define WRITER WEFT_RWMUTEX_WRITER
#define WRITERS_PARKED WEFT_RWMUTEX_WRITERS_PARKED
#define READERS_PARKED WEFT_RWMUTEX_READERS_PARKED
#define PARKED (WRITERS_PARKED | READERS_PARKED)
#define READER WEFT_RWMUTEX_READER
#define READERS (~(WRITER | PARKED))
#define OWNED (WRITER | READERS)

/* What differs between reading and writing. */
typedef struct lock_mode {
    uintptr_t owner;       /* what an owner adds to the word */
    uintptr_t excluded_by; /* bits that keep one from acquiring */
    uintptr_t parked;      /* the bit that says one sleeps; also the waiter's tag */
} lock_mode;

static const lock_mode READING = {READER, WRITER | WRITERS_PARKED, READERS_PARKED};
static const lock_mode WRITING = {WRITER, OWNED, WRITERS_PARKED};

/* What a woken thread is told: the lock is its own, or to compete for it; to the latter WRITERS_PARKED is
 * added if writers stay queued: readers would be kept out by the bit in the word, so they answer for it. */
enum { COMPETE = 1, HANDED_OVER = 8 };

/* ---- waking ------------------------------------------------------------------------------- */

/* One look at the queue. */
typedef struct wake_up {
    weft_rwmutex *lock;
    uintptr_t kind;    /* whom to wake: READERS_PARKED all readers, WRITERS_PARKED one writer */
    uintptr_t leaving; /* what the caller's ownership adds to the word, 0 if it has none */
    bool hand_over;    /* allowed, if they have waited long enough */
    bool picked;       /* a writer has been chosen */
    bool writers_stay; /* a writer stays queued */
    bool done;
} wake_up;

static weft_unpark_choice choose_readers(void *argument, uintptr_t tag) {
    wake_up *pass = argument;
    pass->writers_stay |= tag == WRITERS_PARKED;
    return tag == READERS_PARKED ? WEFT_UNPARK_WAKE : WEFT_UNPARK_SKIP;
}

static weft_unpark_choice choose_first_writer(void *argument, uintptr_t tag) {
    wake_up *pass = argument;
    if (tag == READERS_PARKED) {
        return WEFT_UNPARK_SKIP;
    }
    pass->writers_stay = pass->picked;
    pass->picked = true;
    return pass->writers_stay ? WEFT_UNPARK_STOP : WEFT_UNPARK_WAKE;
}

/* The word after the caller has left, if those who are woken are handed the lock; 0 if somebody is
 * still in their way. */
static uintptr_t word_handed_over(const wake_up *pass, uintptr_t left, size_t count) {
    if (pass->kind == WRITERS_PARKED) {
        return left == 0 ? WRITER : 0;
    }
    return (left & WRITER) == 0 ? left + count * READER : 0;
}

/* A writer that has slept this long is handed the lock by the last reader to leave. Woken to compete it would meet
 * readers that have come in since, spin, sleep again, and keep all others out again meanwhile. Measured with 8 threads
 * on 2 virtual cores and constant readers, the longest wait of a writer is 0.3 to 4 ms with it and 12 to 14 ms without;
 * without a minimum, sections of 1 us lose a fifth of their throughput, for each handoff is a context switch. */
static const uint64_t WRITER_TURN_NS = 10000;

/* Whether who has slept since then is handed the lock, if nobody is in the way. */
static bool is_due(const wake_up *pass, uint64_t since) {
    uint64_t patience = weft_mutex_fairness();
    bool turn = pass->leaving == READER && pass->kind == WRITERS_PARKED;
    if (turn && patience != UINT64_MAX && patience > WRITER_TURN_NS) {
        patience = WRITER_TURN_NS;
    }
    return weft_now_ns() - since >= patience;
}

/* Under the bucket's lock: the caller leaves, and the chosen threads are handed the lock or sent to
 * compete. */
static uintptr_t leave_to_woken(void *argument, const weft_unparked *unparked) {
    wake_up *pass = argument;
    weft_atomic_uptr *state = &pass->lock->state;
    pass->done = unparked->count != 0;
    if (!pass->done) {
        /* Nobody of the kind sleeps. Relaxed: the caller owns the lock, or settles it. */
        weft_fetch_and_relaxed_uptr(state, ~pass->kind);
        return 0;
    }
    bool due = pass->hand_over && is_due(pass, unparked->since);
    uintptr_t seen = weft_load_relaxed_uptr(state);
    uintptr_t next;
    uintptr_t token;
    do {
        uintptr_t left = (seen - pass->leaving) & OWNED;
        uintptr_t stay = pass->writers_stay ? WRITERS_PARKED : 0;
        if (pass->kind == WRITERS_PARKED && unparked->more) {
            stay |= seen & READERS_PARKED;
        }
        uintptr_t handed = due ? word_handed_over(pass, left, unparked->count) : 0;
        /* READERS_PARKED keeps nobody out, so it stays in the word: the next to unlock looks for readers, whoever wins. If a
         * writer that competes answered for them, others could overtake it again and again, and nobody would look at a
         * reader whose time is up. */
        next = handed != 0 ? handed | stay : left | (stay & READERS_PARKED);
        token = handed != 0 ? HANDED_OVER : COMPETE | (stay & WRITERS_PARKED);
        /* Release: pairs with the acquire of those who compete. Acquire: pairs with the unlocks of
         * the readers that left before: a writer that is handed the lock comes after them by way of
         * this thread. The last touch of the word. */
    } while (!weft_cas_weak_acq_rel_uptr(state, &seen, next));
    return token;
}

/* The caller gives up `leaving` and wakes the kind. False, and nothing is given up, if nobody of the
 * kind sleeps; the bit is cleared then. */
static bool leave_and_wake(weft_rwmutex *lock, uintptr_t kind, uintptr_t leaving, bool hand_over) {
    wake_up pass = {.lock = lock, .kind = kind, .leaving = leaving, .hand_over = hand_over};
    weft_unpark_select(lock, kind == READERS_PARKED ? choose_readers : choose_first_writer,
                       leave_to_woken, &pass);
    return pass.done;
}

/* ---- releasing ---------------------------------------------------------------------------- */

/* The kind to wake: after a writer the readers, after readers a writer; 0 if nobody sleeps. */
static uintptr_t next_phase(uintptr_t seen, uintptr_t leaving) {
    uintptr_t first = leaving == WRITER ? READERS_PARKED : WRITERS_PARKED;
    return (seen & first) != 0 ? first : seen & PARKED;
}

static void release(weft_rwmutex *lock, uintptr_t leaving, bool hand_over) {
    uintptr_t seen = weft_load_relaxed_uptr(&lock->state);
    for (;;) {
        uintptr_t kind = next_phase(seen, leaving);
        if (((seen - leaving) & OWNED) == 0 && kind != 0) {
            if (leave_and_wake(lock, kind, leaving, hand_over)) {
                return;
            }
            seen = weft_load_relaxed_uptr(&lock->state);
            continue;
        }
        /* Release: pairs with the acquire of the next owner's lock. The last touch of the word. */
        if (weft_cas_weak_release_uptr(&lock->state, &seen, seen - leaving)) {
            return;
        }
    }
}

void weft_rwmutex_read_unlock_slow(weft_rwmutex *lock) {
    if ((weft_load_relaxed_uptr(&lock->state) & READERS) == 0) {
        weft_fatal("read unlock of a lock that no reader owns", "rwmutex", lock, NULL);
    }
    release(lock, READER, true);
}

void weft_rwmutex_write_unlock_slow(weft_rwmutex *lock) {
    if (!weft_rwmutex_is_write_locked(lock)) {
        weft_fatal("write unlock of a lock that no writer owns", "rwmutex", lock, NULL);
    }
    release(lock, WRITER, true);
}

void weft_rwmutex_downgrade_at(weft_rwmutex *lock, const char *site) {
    (void)site;
    weft_lockcheck_released(lock, "rwmutex", site);
    if (!weft_rwmutex_is_write_locked(lock)) {
        weft_fatal("downgrade of a lock that no writer owns", "rwmutex", lock, NULL);
    }
    weft_lockcheck_acquired_shared(lock, "rwmutex", site);
    uintptr_t seen = weft_load_relaxed_uptr(&lock->state);
    for (;;) {
        if ((seen & READERS_PARKED) != 0) {
            if (leave_and_wake(lock, READERS_PARKED, WRITER - READER, true)) {
                return;
            }
            seen = weft_load_relaxed_uptr(&lock->state);
            continue;
        }
        /* Release: pairs with the acquire of the readers that come in now. */
        if (weft_cas_weak_release_uptr(&lock->state, &seen, seen - WRITER + READER)) {
            return;
        }
    }
}

/* ---- sleepers that are refused or give up --------------------------------------------------- */

/* For a thread that owns nothing, or reads, and has just set or cleared a bit: wakes those who have nobody left
 * to wait for. If somebody owns the lock, its unlock finds the bits; but readers do not wait for
 * readers. Relaxed loads: this thread sees its own change, or later ones. */
static void settle(weft_rwmutex *lock, bool hand_over) {
    for (;;) {
        uintptr_t seen = weft_load_relaxed_uptr(&lock->state);
        uintptr_t kind = next_phase(seen, READER);
        bool stuck = (seen & OWNED) == 0 || ((seen & WRITER) == 0 && kind == READERS_PARKED);
        if (!stuck || kind == 0 || leave_and_wake(lock, kind, 0, hand_over)) {
            return;
        }
    }
}

static weft_unpark_choice look_for_writer(void *argument, uintptr_t tag) {
    wake_up *pass = argument;
    pass->writers_stay |= tag == WRITERS_PARKED;
    return pass->writers_stay ? WEFT_UNPARK_STOP : WEFT_UNPARK_SKIP;
}

/* Under the bucket's lock. */
static uintptr_t let_readers_in(void *argument, const weft_unparked *unparked) {
    wake_up *pass = argument;
    (void)unparked;
    if (!pass->writers_stay) {
        /* Relaxed: a writer that has set the bit and is not queued yet finds it cleared. */
        weft_fetch_and_relaxed_uptr(&pass->lock->state, ~WRITERS_PARKED);
    }
    return 0;
}

/* WRITERS_PARKED may be set for a writer that has gone: then readers must not wait for it. */
static void forget_gone_writers(weft_rwmutex *lock) {
    wake_up pass = {.lock = lock};
    weft_unpark_select(lock, look_for_writer, let_readers_in, &pass);
    if (!pass.writers_stay) {
        settle(lock, true); /* or one could be woken here again and again, and never get it */
    }
}

/* Under the bucket's lock: nobody sleeps any more. */
static void abandon_wait(const weft_park_request *request, bool more) {
    if (!more) {
        weft_rwmutex *lock = request->argument;
        /* Relaxed: the bits' readers confirm them under the bucket's lock. */
        weft_fetch_and_relaxed_uptr(&lock->state, ~PARKED);
    }
}

/* This thread was woken, or handed the lock, but its world is stopping: others must not wait for the
 * world to go on. */
static void give_back(const weft_park_request *request, uintptr_t token) {
    weft_rwmutex *lock = request->argument;
    if (token == HANDED_OVER) {
        release(lock, request->tag == READERS_PARKED ? READER : WRITER, false);
    } else {
        if ((token & WRITERS_PARKED) != 0) {
            /* Relaxed: an owner's unlock comes later in the word's order, and sees the bit. */
            weft_fetch_or_relaxed_uptr(&lock->state, WRITERS_PARKED);
        }
        settle(lock, false);
    }
}

/* ---- acquiring ---------------------------------------------------------------------------- */

/* Acquires if nothing excludes it; sets the bit of writers it answers for: a reader that does was woken
 * before them, and does not wait for them. *seen is the word as it was found. */
static bool acquire(weft_rwmutex *lock, const lock_mode *mode, uintptr_t *seen, uintptr_t answers) {
    while ((*seen & mode->excluded_by & ~answers) == 0) {
        if ((*seen & WEFT_RWMUTEX_FULL) != 0) {
            weft_fatal("a lock has too many readers", "rwmutex", lock, NULL);
        }
        /* Acquire: pairs with the release of the last writer's unlock and, for a writer, of all
         * readers' unlocks since: every change of the word is a read-modify-write, so each of them
         * heads a release sequence that ends here. */
        if (weft_cas_weak_acquire_uptr(&lock->state, seen, (*seen + mode->owner) | answers)) {
            return true;
        }
    }
    return false;
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
    request->front = token != 0;
    return token;
}

/* Spins, sleeps, and competes until the lock is this thread's or `request` has had enough. */
static weft_lock_result compete(weft_rwmutex *lock, const lock_mode *mode,
                                weft_park_request *request) {
    weft_backoff backoff = {0};
    weft_lock_result result = WEFT_LOCK_OK;
    uintptr_t answers = 0; /* WRITERS_PARKED if this thread answers for writers */
    uintptr_t seen = weft_load_relaxed_uptr(&lock->state);
    for (;;) {
        if (acquire(lock, mode, &seen, answers)) {
            if ((answers & ~seen & WRITERS_PARKED) != 0 && mode == &READING) {
                forget_gone_writers(lock); /* it may have given up since this thread was told */
            }
            return WEFT_LOCK_OK;
        }
        if (result != WEFT_LOCK_OK) {
            return result;
        }
        if ((seen & mode->parked) == 0 && weft_backoff_stand_back(&backoff)) {
            seen = weft_load_relaxed_uptr(&lock->state);
            continue;
        }
        uintptr_t parked = seen | mode->parked | answers;
        /* Relaxed: park looks at the bit again under the bucket's lock. As long as it is set, the
         * owner that excluded this thread, or whoever owns the lock after it, has yet to look for
         * sleepers, or to clear it. */
        if (parked != seen && !weft_cas_weak_relaxed_uptr(&lock->state, &seen, parked)) {
            continue;
        }
        uintptr_t token = sleep_on(request, &result);
        if (token == HANDED_OVER) {
            return WEFT_LOCK_OK;
        }
        answers = token & WRITERS_PARKED;
        backoff.step = 0;
        seen = weft_load_relaxed_uptr(&lock->state);
    }
}

static weft_lock_result lock_slow(weft_rwmutex *lock, const lock_mode *mode, uint64_t deadline,
                                  bool interruptible, weft_interrupt *interrupt) {
    uintptr_t seen = weft_load_relaxed_uptr(&lock->state);
    if (acquire(lock, mode, &seen, 0)) {
        return WEFT_LOCK_OK;
    }
    if (deadline == 0) {
        return WEFT_LOCK_TIMEOUT;
    }
    weft_park_request request = {
        .address = lock,
        .size = sizeof(uintptr_t),
        .mask = mode->parked,
        .expected = mode->parked,
        .deadline = deadline,
        .tag = mode->parked,
        .interruptible = interruptible,
        .interrupt = interrupt,
        .argument = lock,
        .abandon = abandon_wait,
        .refuse = give_back,
    };
    uint64_t began = weft_park_contention_begin();
    weft_lock_result result = compete(lock, mode, &request);
    if (result == WEFT_LOCK_OK) {
        weft_park_contention_end(lock, began);
    } else if (mode == &WRITING) {
        forget_gone_writers(lock);
    }
    return result;
}

bool weft_rwmutex_try_read_lock_slow(weft_rwmutex *lock) {
    uintptr_t seen = weft_load_relaxed_uptr(&lock->state);
    return acquire(lock, &READING, &seen, 0);
}

bool weft_rwmutex_try_write_lock_slow(weft_rwmutex *lock) {
    uintptr_t seen = weft_load_relaxed_uptr(&lock->state);
    return acquire(lock, &WRITING, &seen, 0);
}

weft_lock_result weft_rwmutex_read_lock_slow(weft_rwmutex *lock, uint64_t deadline,
                                             bool interruptible, weft_interrupt *interrupt) {
    return lock_slow(lock, &READING, deadline, interruptible, interrupt);
}

weft_lock_result weft_rwmutex_write_lock_slow(weft_rwmutex *lock, uint64_t deadline,
                                              bool interruptible, weft_interrupt *interrupt) {
    return lock_slow(lock, &WRITING, deadline, interruptible, interrupt);
}

/* ---- the checked build ---------------------------------------------------------------------- */

#if WEFT_CHECKED
void weft_rwmutex_before_read_(const weft_rwmutex *lock, const char *site) {
    weft_lockcheck_before_shared(lock, "rwmutex", site);
    const char *first = weft_lockcheck_held(lock);
    if (first != NULL) {
        char places[256];
        snprintf(places, sizeof places, "at %s, and before at %s", site, first);
        weft_fatal("a nested read lock, which deadlocks once a writer waits", "rwmutex", lock,
                   places);
    }
}
#endif
