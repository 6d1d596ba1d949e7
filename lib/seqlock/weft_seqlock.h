/* weft_seqlock.h: a lock of four bytes whose readers write nothing.
 *
 * What it is for: a few words that are read often and written seldom, and must be seen together: a
 * cached pair of (version, pointer), a table and its size, a clock. Readers copy the words and look
 * whether a writer was there meanwhile. When not to use it: for more than two or three words (each
 * is copied by an access of its own: 64 bytes take five times as long as 16); where writers are
 * frequent (readers start again); for data that readers follow into memory that a writer frees (the
 * copy is good, what it points to may be gone: weft_qsbr.h); from a signal handler.
 *
 *     typedef struct { uint64_t version; void *table; } entry;
 *     static weft_seqlock lock;               // zero: nobody writes
 *     static entry shared;                    // touched through the lock's functions only
 *
 *     entry mine;                                        entry next = {1, table};
 *     weft_seqlock_read(&lock, &mine, &shared);          weft_seqlock_write(&lock, &shared, &next);
 *
 * or, to do more between the two ends of a section, with relaxed atomic accesses to the payload:
 *
 *     uint32_t begun;                                    weft_seqlock_write_begin(&lock);
 *     do {                                               weft_store_relaxed_u64(&low, 1);
 *         begun = weft_seqlock_read_begin(&lock);        weft_store_relaxed_u64(&high, 2);
 *         a = weft_load_relaxed_u64(&low);               weft_seqlock_write_end(&lock);
 *         b = weft_load_relaxed_u64(&high);
 *     } while (weft_seqlock_read_retry(&lock, begun));
 *
 * The word
 *     bit 0       WRITING      a writer owns the lock
 *     bit 1       HAS_PARKED   somebody sleeps in the parking lot on this address, or is about to
 *     bits 2-31   generation   how many writes were completed, modulo 2^30
 *
 *     WRITING  HAS_PARKED   means                               who changes it
 *     0        0            nobody writes: the payload is       a writer: -> 1 0, by CAS
 *                           whole                               a woken writer that answers for
 *                                                               others: -> 1 1, by CAS
 *     1        0            owned; leaving has nobody to wake   owner: -> 0 0, next generation (end)
 *                                                               or the same one (abandon)
 *                                                               a waiter: -> 1 1, by CAS
 *     1        1            owned; leaving looks for waiters    owner: -> 0 0, as above, then wakes
 *     0        1            never
 *
 *     Invariant. The payload changes only while WRITING is set, and every change is followed by a
 *     new generation before WRITING goes. So a reader that finds the same even word before and
 *     after its copy has copied the payload of that generation, whole.
 *     Invariant. While a thread is queued on the address, HAS_PARKED is set, or an owner that saw
 *     it set is about to wake, or a woken writer is on its way that was told of those behind it.
 *
 * Waiting. Readers and writers that find a writer spin a bounded time and then park. An owner that
 * leaves wakes all readers and the longest waiting writer, to compete.
 *
 * Orders. What a writer did before write_end happens before everything a reader does after a
 * read_begin that finds its generation, and before the next writer's section. The payload itself is
 * accessed by relaxed atomics: a reader may load it while a writer stores it. The two fences that
 * make the copy whole are in write_begin and read_retry, each names the other.
 *
 * Rules
 *   - A payload is always accessed with the same widths: pass the same size and alignment every
 *     time, or use the same accessors. Before it is shared it may be written plainly.
 *   - Abandon is for a writer that has stored nothing: what it stored would have been seen.
 *   - write_end and write_abandon do not touch the word after their releasing exchange.
 *   - Fork: a section that another thread had open in the parent is open in the child for ever, its
 *     payload half written: weft_seqlock_after_fork_child. Threads that slept are gone, the parking
 *     lot has forgotten them; the forking thread's own section is still its own, and works.
 *
 * Not promised. Fairness among writers (they barge; where they contend, a mutex is the better
 * choice). That a read by hand, with read_begin and read_retry, ever succeeds against writers that
 * never pause: weft_seqlock_read does, it keeps writers out after READ_ATTEMPTS failures. That a
 * reader notices if exactly 2^30 writes (or a multiple) are completed between its read_begin and
 * its read_retry: at 10 ns a write it would have slept for eleven seconds, to the write.
 *
 * Cost: a read is two loads and two branches more than the copy; a write one CAS and one exchange.
 *
 * Checked build: a read or a write inside of the thread's own write section, leaving a section that
 * is another thread's, and lock-order inversion are reported. See weft_lockcheck.h.
 *
 * Source. Linux's seqlocks; the fences after Hans Boehm, "Can Seqlocks Get Along With Programming
 * Language Memory Models?" (2012); a sequence that can be abandoned as in CPython's type cache.
 */
#ifndef WEFT_SEQLOCK_H
#define WEFT_SEQLOCK_H

#include "weft_lockcheck.h"
#include "weft_park.h"

#include <string.h>

WEFT_BEGIN_DECLS

typedef struct weft_seqlock {
    weft_atomic_u32 sequence;
} weft_seqlock;

WEFT_STATIC_ASSERT(sizeof(weft_seqlock) == 4, "the seqlock is one word of 32 bits");

#define WEFT_SEQLOCK_WRITING 1U
#define WEFT_SEQLOCK_HAS_PARKED 2U
#define WEFT_SEQLOCK_STEP 4U /* one generation */

/* A lock that has completed `generation` writes; zero for a new one. */
#define WEFT_SEQLOCK_INIT(generation) {WEFT_ATOMIC_INIT((uint32_t)(generation) * WEFT_SEQLOCK_STEP)}

/* How often weft_seqlock_read starts again before it keeps writers out. A copy of two words takes 2
 * ns and a write section some ten: two failures in a row are rare, eight mean that writers never
 * pause. */
#define WEFT_SEQLOCK_READ_ATTEMPTS 8

/* Slow paths, not called by users. */
uint32_t weft_seqlock_read_wait(weft_seqlock *lock);
void weft_seqlock_write_wait(weft_seqlock *lock);
void weft_seqlock_wake(weft_seqlock *lock);
void weft_seqlock_keep_writers_out(weft_seqlock *lock);
void weft_seqlock_let_writers_in(weft_seqlock *lock);
WEFT_NORETURN void weft_seqlock_not_owned(const weft_seqlock *lock, const char *what);

/* ---- sections ----------------------------------------------------------------------------- */

/* Begins a read: waits until nobody writes and returns the word, for read_retry. May detach. Inside
 * of the thread's own write section it deadlocks (reported when checked). */
static inline uint32_t weft_seqlock_read_begin_at(weft_seqlock *lock, const char *site) {
    weft_park_may_detach();
    weft_lockcheck_before(lock, "seqlock", site);
    /* Acquire: pairs with the release of write_end: the payload of this generation, and what the
     * writer did before, is seen or something newer. */
    uint32_t begun = weft_load_acquire_u32(&lock->sequence);
    return WEFT_LIKELY((begun & WEFT_SEQLOCK_WRITING) == 0) ? begun : weft_seqlock_read_wait(lock);
}

/* Begins a read if nobody writes. False if somebody does. Never blocks, never detaches. */
static inline bool weft_seqlock_try_read_begin(const weft_seqlock *lock, uint32_t *begun) {
    /* Acquire: as in weft_seqlock_read_begin. */
    *begun = weft_load_acquire_u32(&lock->sequence);
    return (*begun & WEFT_SEQLOCK_WRITING) == 0;
}

/* Ends a read. True if what was loaded since `begun` may be torn: forget it and begin again. Never
 * blocks, never detaches. */
static inline bool weft_seqlock_read_retry(const weft_seqlock *lock, uint32_t begun) {
    /* Fence: pairs with the fence in write_begin. If any load of the payload before it took a value
     * that a writer stored after that fence, the load below sees that writer's WRITING or something
     * later. It also keeps the load below behind the payload's. */
    weft_fence_acquire();
    return WEFT_UNLIKELY(weft_load_relaxed_u32(&lock->sequence) != begun);
}

/* After the word says WRITING and before the first store to the payload. */
static inline void weft_seqlock_announce_(void) {
    /* Fence: pairs with the fence in read_retry: see there. Release on the CAS that set WRITING
     * would not do: it orders what comes before the CAS, not the stores after it. */
    weft_fence_release();
}

static inline bool weft_seqlock_fast_lock_(weft_seqlock *lock) {
    uint32_t seen = weft_load_relaxed_u32(&lock->sequence);
    /* Acquire: pairs with the release of the last writer's exchange: this writer sees its payload
     * and stores after it. */
    return WEFT_LIKELY((seen & WEFT_SEQLOCK_WRITING) == 0 &&
                       weft_cas_acquire_u32(&lock->sequence, &seen, seen | WEFT_SEQLOCK_WRITING));
}

/* Begins a write: waits until nobody else writes. The payload may then be stored, by relaxed
 * atomics, and loaded plainly or by relaxed atomics. May detach; while the section is open the
 * thread should not, since readers wait. Recursion deadlocks (reported when checked). */
static inline void weft_seqlock_write_begin_at(weft_seqlock *lock, const char *site) {
    weft_park_may_detach();
    weft_lockcheck_before(lock, "seqlock", site);
    if (!weft_seqlock_fast_lock_(lock)) {
        weft_seqlock_write_wait(lock);
    }
    weft_lockcheck_acquired(lock, "seqlock", site);
    weft_seqlock_announce_();
}

/* Begins a write if nobody else writes. True if it did. Never blocks, never detaches; may fail when
 * another writer came and went meanwhile. */
static inline bool weft_seqlock_try_write_begin_at(weft_seqlock *lock, const char *site) {
    if (!weft_seqlock_fast_lock_(lock)) {
        return false;
    }
    weft_lockcheck_acquired(lock, "seqlock", site);
    weft_seqlock_announce_();
    return true;
}

/* Leaves the section; `step` generations later than it was entered. */
static inline void weft_seqlock_leave_(weft_seqlock *lock, uint32_t step, const char *what,
                                       const char *site) {
    weft_lockcheck_released(lock, "seqlock", site);
    /* Relaxed: the owner wrote it, and others change only HAS_PARKED. */
    uint32_t seen = weft_load_relaxed_u32(&lock->sequence);
    if (WEFT_UNLIKELY((seen & WEFT_SEQLOCK_WRITING) == 0)) {
        weft_seqlock_not_owned(lock, what);
    }
    uint32_t next = (seen & ~(WEFT_SEQLOCK_WRITING | WEFT_SEQLOCK_HAS_PARKED)) + step;
    /* Release: pairs with the acquires of read_begin and of the next writer. An exchange, not a
     * store: a waiter may set HAS_PARKED at any moment. The last touch of the word. */
    seen = weft_exchange_release_u32(&lock->sequence, next);
    if (WEFT_UNLIKELY((seen & WEFT_SEQLOCK_HAS_PARKED) != 0)) {
        weft_seqlock_wake(lock);
    }
}

/* Ends a write: readers see the new payload, those that saw a part of it start again. Only the
 * writer may; a lock that nobody writes under is fatal. Never blocks beyond a bucket's short lock,
 * never detaches. */
static inline void weft_seqlock_write_end_at(weft_seqlock *lock, const char *site) {
    weft_seqlock_leave_(lock, WEFT_SEQLOCK_STEP, "end of a write that was not begun", site);
}

/* Leaves a write section in which nothing was stored: as if it had never been entered, also for
 * readers that began before it. Otherwise as write_end. */
static inline void weft_seqlock_write_abandon_at(weft_seqlock *lock, const char *site) {
    weft_seqlock_leave_(lock, 0, "abandon of a write that was not begun", site);
}

#if WEFT_CHECKED
#define weft_seqlock_read_begin(lock) weft_seqlock_read_begin_at((lock), WEFT_HERE)
#define weft_seqlock_write_begin(lock) weft_seqlock_write_begin_at((lock), WEFT_HERE)
#define weft_seqlock_try_write_begin(lock) weft_seqlock_try_write_begin_at((lock), WEFT_HERE)
#define weft_seqlock_write_end(lock) weft_seqlock_write_end_at((lock), WEFT_HERE)
#define weft_seqlock_write_abandon(lock) weft_seqlock_write_abandon_at((lock), WEFT_HERE)
#else
static inline uint32_t weft_seqlock_read_begin(weft_seqlock *lock) {
    return weft_seqlock_read_begin_at(lock, NULL);
}
static inline void weft_seqlock_write_begin(weft_seqlock *lock) {
    weft_seqlock_write_begin_at(lock, NULL);
}
static inline bool weft_seqlock_try_write_begin(weft_seqlock *lock) {
    return weft_seqlock_try_write_begin_at(lock, NULL);
}
static inline void weft_seqlock_write_end(weft_seqlock *lock) {
    weft_seqlock_write_end_at(lock, NULL);
}
static inline void weft_seqlock_write_abandon(weft_seqlock *lock) {
    weft_seqlock_write_abandon_at(lock, NULL);
}
#endif

/* Whether somebody writes: true of some moment during the call. Relaxed: orders nothing. */
static inline bool weft_seqlock_is_writing(const weft_seqlock *lock) {
    return (weft_load_relaxed_u32(&lock->sequence) & WEFT_SEQLOCK_WRITING) != 0;
}

/* In the child of a fork, before anything else is done with the lock, and not by a thread that
 * forked inside its own write section: takes the lock from a writer that was left in the parent. It
 * is then as after a completed write, so that a read that was open across the fork starts again.
 * True if there was such a writer: its payload may be half written, and is the host's to restore. */
bool weft_seqlock_after_fork_child(weft_seqlock *lock);

/* ---- payloads of any size ----------------------------------------------------------------- */

/* gcc does not unroll loops of known length at -O2 by itself; two words are worth it. */
#if defined(__clang__)
#define WEFT_SEQLOCK_UNROLL_
#else
#define WEFT_SEQLOCK_UNROLL_ _Pragma("GCC unroll 4")
#endif

/* One width of a copy: whole units from *done on, as far as they go. The atomic builtins are not
 * subject to type-based alias analysis, so the payload may have any type. */
#define WEFT_SEQLOCK_COPY_(name, type)                                                             \
    static inline size_t weft_seqlock_out_##name##_(                                               \
        unsigned char *out, const unsigned char *shared, size_t done, size_t size) {               \
        WEFT_SEQLOCK_UNROLL_                                                                       \
        for (; size - done >= sizeof(type); done += sizeof(type)) {                                \
            /* Relaxed: the section's begin and end order it. */                                   \
            type word = weft_load_relaxed_##name((const weft_atomic_##name *)(shared + done));     \
            memcpy(out + done, &word, sizeof word);                                                \
        }                                                                                          \
        return done;                                                                               \
    }                                                                                              \
    static inline size_t weft_seqlock_in_##name##_(unsigned char *shared, const unsigned char *in, \
                                                   size_t done, size_t size) {                     \
        WEFT_SEQLOCK_UNROLL_                                                                       \
        for (; size - done >= sizeof(type); done += sizeof(type)) {                                \
            type word;                                                                             \
            memcpy(&word, in + done, sizeof word);                                                 \
            /* Relaxed: the section's begin and end order it. */                                   \
            weft_store_relaxed_##name((weft_atomic_##name *)(shared + done), word);                \
        }                                                                                          \
        return done;                                                                               \
    }

WEFT_SEQLOCK_COPY_(u8, uint8_t)
WEFT_SEQLOCK_COPY_(u16, uint16_t)
WEFT_SEQLOCK_COPY_(u32, uint32_t)
#if UINTPTR_MAX > UINT32_MAX
WEFT_SEQLOCK_COPY_(u64, uint64_t)
#endif

/* Copies `size` bytes of payload, out of it into private memory, or from private memory into it,
 * inside of a section. `alignment` is what the payload's address is known to be aligned to, a power
 * of two; it decides the widths: words as long as they fit, then the rest in halves. Private memory
 * may be aligned to nothing. The two must not overlap. */
static inline void weft_seqlock_copy_out(void *out, const void *shared, size_t size,
                                         size_t alignment) {
    unsigned char *to = (unsigned char *)out;
    const unsigned char *from = (const unsigned char *)shared;
    size_t done = 0;
#if UINTPTR_MAX > UINT32_MAX
    if (alignment >= 8) {
        done = weft_seqlock_out_u64_(to, from, done, size);
    }
#endif
    if (alignment >= 4) {
        done = weft_seqlock_out_u32_(to, from, done, size);
    }
    if (alignment >= 2) {
        done = weft_seqlock_out_u16_(to, from, done, size);
    }
    (void)weft_seqlock_out_u8_(to, from, done, size);
}

/* The other way round: see weft_seqlock_copy_out. */
static inline void weft_seqlock_copy_in(void *shared, const void *in, size_t size,
                                        size_t alignment) {
    unsigned char *to = (unsigned char *)shared;
    const unsigned char *from = (const unsigned char *)in;
    size_t done = 0;
#if UINTPTR_MAX > UINT32_MAX
    if (alignment >= 8) {
        done = weft_seqlock_in_u64_(to, from, done, size);
    }
#endif
    if (alignment >= 4) {
        done = weft_seqlock_in_u32_(to, from, done, size);
    }
    if (alignment >= 2) {
        done = weft_seqlock_in_u16_(to, from, done, size);
    }
    (void)weft_seqlock_in_u8_(to, from, done, size);
}

/* One attempt to read a payload. False if a writer was in the way: `out` is then scribbled on. Never
 * blocks, never detaches. */
static inline bool weft_seqlock_try_load(const weft_seqlock *lock, void *out, const void *shared,
                                         size_t size, size_t alignment) {
    uint32_t begun;
    if (WEFT_UNLIKELY(!weft_seqlock_try_read_begin(lock, &begun))) {
        return false;
    }
    weft_seqlock_copy_out(out, shared, size, alignment);
    return !weft_seqlock_read_retry(lock, begun);
}

/* Slow path, not called by users. */
void weft_seqlock_load_slow(weft_seqlock *lock, void *out, const void *shared, size_t size,
                            size_t alignment);

/* Reads whose copy is as large as a call are inlined whole: a slow path that fills in `out` would
 * force it into memory, also where nobody is in the way. Measured (gcc 12, Zen 4, two words): 1.2 ns
 * without, 2.6 with. */
#define WEFT_SEQLOCK_FEW_BYTES (4 * sizeof(uintptr_t))

/* Ends as weft_seqlock_load_slow does, for the same reason. */
static inline void weft_seqlock_load_few_(weft_seqlock *lock, void *out, const void *shared,
                                          size_t size, size_t alignment) {
    for (int attempt = 0; attempt < WEFT_SEQLOCK_READ_ATTEMPTS; attempt++) {
        /* Acquire: as in weft_seqlock_read_begin. */
        uint32_t begun = weft_load_acquire_u32(&lock->sequence);
        if (WEFT_UNLIKELY((begun & WEFT_SEQLOCK_WRITING) != 0)) {
            begun = weft_seqlock_read_wait(lock);
        }
        weft_seqlock_copy_out(out, shared, size, alignment);
        if (WEFT_LIKELY(!weft_seqlock_read_retry(lock, begun))) {
            return;
        }
    }
    weft_seqlock_keep_writers_out(lock);
    weft_seqlock_copy_out(out, shared, size, alignment);
    weft_seqlock_let_writers_in(lock);
}

/* Reads a payload, whole. Succeeds also against writers that never pause: it keeps them out after
 * WEFT_SEQLOCK_READ_ATTEMPTS failures. May detach. */
static inline void weft_seqlock_load_at(weft_seqlock *lock, void *out, const void *shared,
                                        size_t size, size_t alignment, const char *site) {
    weft_park_may_detach();
    weft_lockcheck_before(lock, "seqlock", site);
    if (size <= WEFT_SEQLOCK_FEW_BYTES) {
        weft_seqlock_load_few_(lock, out, shared, size, alignment);
    } else if (WEFT_UNLIKELY(!weft_seqlock_try_load(lock, out, shared, size, alignment))) {
        weft_seqlock_load_slow(lock, out, shared, size, alignment);
    }
}

/* Writes a payload as one write section. May detach. */
static inline void weft_seqlock_store_at(weft_seqlock *lock, void *shared, const void *in,
                                         size_t size, size_t alignment, const char *site) {
    weft_seqlock_write_begin_at(lock, site);
    weft_seqlock_copy_in(shared, in, size, alignment);
    weft_seqlock_write_end_at(lock, site);
}

/* Writes a payload if nobody else writes. True if it did. Never blocks, never detaches. */
static inline bool weft_seqlock_try_store_at(weft_seqlock *lock, void *shared, const void *in,
                                             size_t size, size_t alignment, const char *site) {
    if (!weft_seqlock_try_write_begin_at(lock, site)) {
        return false;
    }
    weft_seqlock_copy_in(shared, in, size, alignment);
    weft_seqlock_write_end_at(lock, site);
    return true;
}

#if WEFT_CHECKED
#define WEFT_SEQLOCK_HERE_ WEFT_HERE
#else
#define WEFT_SEQLOCK_HERE_ NULL
#endif
#define weft_seqlock_load(lock, out, shared, size, alignment)                                      \
    weft_seqlock_load_at((lock), (out), (shared), (size), (alignment), WEFT_SEQLOCK_HERE_)
#define weft_seqlock_store(lock, shared, in, size, alignment)                                      \
    weft_seqlock_store_at((lock), (shared), (in), (size), (alignment), WEFT_SEQLOCK_HERE_)
#define weft_seqlock_try_store(lock, shared, in, size, alignment)                                  \
    weft_seqlock_try_store_at((lock), (shared), (in), (size), (alignment), WEFT_SEQLOCK_HERE_)

/* The same with the size and the alignment of what `shared` points to. */
#define weft_seqlock_read(lock, out, shared)                                                       \
    weft_seqlock_load((lock), (out), (shared), sizeof *(shared), __alignof__(*(shared)))
#define weft_seqlock_try_read(lock, out, shared)                                                   \
    weft_seqlock_try_load((lock), (out), (shared), sizeof *(shared), __alignof__(*(shared)))
#define weft_seqlock_write(lock, shared, in)                                                       \
    weft_seqlock_store((lock), (shared), (in), sizeof *(shared), __alignof__(*(shared)))
#define weft_seqlock_try_write(lock, shared, in)                                                   \
    weft_seqlock_try_store((lock), (shared), (in), sizeof *(shared), __alignof__(*(shared)))

WEFT_END_DECLS

#endif /* WEFT_SEQLOCK_H */
