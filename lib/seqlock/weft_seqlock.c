#include "weft_seqlock.h"

#include "weft_host.h"
#include "weft_lock.h"

#define WRITING WEFT_SEQLOCK_WRITING
#define HAS_PARKED WEFT_SEQLOCK_HAS_PARKED

/* Who waits: the tag of a parking request. */
enum { READER = 0, WRITER = 1 };

/* What a woken thread is told. Only writers listen. */
enum {
    WOKEN_LAST = 1, /* compete; nobody else is queued */
    WOKEN_FIRST = 2 /* compete; others stay queued, and HAS_PARKED is for this thread to set */
};

void weft_seqlock_not_owned(const weft_seqlock *lock, const char *what) {
    weft_fatal(what, "seqlock", lock, NULL);
}

/* ---- waking ------------------------------------------------------------------------------- */

/* All readers, and one writer: two could not both go on. */
static weft_unpark_choice choose(void *argument, uintptr_t tag) {
    bool *writer_chosen = argument;
    if (tag == READER) {
        return WEFT_UNPARK_WAKE;
    }
    if (*writer_chosen) {
        return WEFT_UNPARK_SKIP;
    }
    *writer_chosen = true;
    return WEFT_UNPARK_WAKE;
}

/* Those left behind are writers, and so one was chosen that now answers for them. */
static uintptr_t tell(void *argument, const weft_unparked *unparked) {
    (void)argument;
    return unparked->more ? WOKEN_FIRST : WOKEN_LAST;
}

void weft_seqlock_wake(weft_seqlock *lock) {
    bool writer_chosen = false;
    weft_unpark_select(lock, choose, tell, &writer_chosen);
}

/* ---- waiting ------------------------------------------------------------------------------ */

/* Makes the owner, if there still is one, look for waiters when it leaves. */
static bool ask_for_wake(weft_seqlock *lock, uint32_t *seen) {
    while ((*seen & WRITING) != 0) {
        /* Relaxed: the owner's exchange reads it, and park compares the word again. */
        if ((*seen & HAS_PARKED) != 0 ||
            weft_cas_weak_relaxed_u32(&lock->sequence, seen, *seen | HAS_PARKED)) {
            return true;
        }
    }
    return false;
}

/* A writer was woken, but its world is stopping: those behind it must not wait for it. */
static void pass_on(const weft_park_request *request, uintptr_t token) {
    weft_seqlock *lock = request->argument;
    uint32_t seen = weft_load_relaxed_u32(&lock->sequence);
    if (token == WOKEN_FIRST && !ask_for_wake(lock, &seen)) {
        weft_seqlock_wake(lock);
    }
}

/* Spins, then sleeps, until the word may have changed. Returns the token of the wake, 0 without. */
static uintptr_t wait_for_writer(weft_seqlock *lock, weft_backoff *backoff, uint32_t seen,
                                 weft_park_request *request) {
    if ((seen & HAS_PARKED) == 0 && weft_backoff_pause(backoff)) {
        return 0;
    }
    if (!ask_for_wake(lock, &seen)) {
        return 0;
    }
    uintptr_t token = 0;
    weft_park(request, &token);
    backoff->step = 0;
    return token;
}

/* Parks while some writer owns the lock and has been asked to wake. */
static weft_park_request request_for(weft_seqlock *lock, uintptr_t tag) {
    weft_park_request request = {
        .address = lock,
        .size = sizeof lock->sequence,
        .mask = WRITING | HAS_PARKED,
        .expected = WRITING | HAS_PARKED,
        .deadline = WEFT_WAIT_FOREVER,
        .tag = tag,
        .argument = lock,
        .refuse = tag == WRITER ? pass_on : NULL,
    };
    return request;
}

uint32_t weft_seqlock_read_wait(weft_seqlock *lock) {
    weft_park_request request = request_for(lock, READER);
    weft_backoff backoff = {0};
    uint64_t began = weft_park_contention_begin();
    for (;;) {
        /* Acquire: as in weft_seqlock_read_begin. */
        uint32_t seen = weft_load_acquire_u32(&lock->sequence);
        if ((seen & WRITING) == 0) {
            weft_park_contention_end(lock, began);
            return seen;
        }
        (void)wait_for_writer(lock, &backoff, seen, &request);
    }
}

void weft_seqlock_write_wait(weft_seqlock *lock) {
    weft_park_request request = request_for(lock, WRITER);
    weft_backoff backoff = {0};
    uint64_t began = weft_park_contention_begin();
    uint32_t acquired = WRITING; /* with HAS_PARKED while this thread answers for those queued */
    for (;;) {
        uint32_t seen = weft_load_relaxed_u32(&lock->sequence);
        if ((seen & WRITING) == 0) {
            /* Acquire: as in weft_seqlock_fast_lock_. */
            if (weft_cas_weak_acquire_u32(&lock->sequence, &seen, seen | acquired)) {
                weft_park_contention_end(lock, began);
                return;
            }
            continue;
        }
        uintptr_t token = wait_for_writer(lock, &backoff, seen, &request);
        if (token != 0) {
            acquired = token == WOKEN_FIRST ? WRITING | HAS_PARKED : WRITING;
            request.front = true;
        }
    }
}

/* ---- reads that always end ---------------------------------------------------------------- */

/* As a writer that changes nothing: other readers are not disturbed. */
void weft_seqlock_keep_writers_out(weft_seqlock *lock) {
    weft_seqlock_write_begin(lock);
}

void weft_seqlock_let_writers_in(weft_seqlock *lock) {
    weft_seqlock_write_abandon(lock);
}

void weft_seqlock_load_slow(weft_seqlock *lock, void *out, const void *shared, size_t size,
                            size_t alignment) {
    for (int attempt = 1; attempt < WEFT_SEQLOCK_READ_ATTEMPTS; attempt++) {
        uint32_t begun = weft_seqlock_read_wait(lock);
        weft_seqlock_copy_out(out, shared, size, alignment);
        if (!weft_seqlock_read_retry(lock, begun)) {
            return;
        }
    }
    weft_seqlock_keep_writers_out(lock);
    weft_seqlock_copy_out(out, shared, size, alignment);
    weft_seqlock_let_writers_in(lock);
}

/* ---- fork --------------------------------------------------------------------------------- */

bool weft_seqlock_after_fork_child(weft_seqlock *lock) {
    /* Relaxed, both: one thread is left. */
    uint32_t seen = weft_load_relaxed_u32(&lock->sequence);
    if ((seen & WRITING) == 0) {
        return false;
    }
    weft_store_relaxed_u32(&lock->sequence, (seen & ~(WRITING | HAS_PARKED)) + WEFT_SEQLOCK_STEP);
    return true;
}
