/* The parking lot. Read in this order: wait records, buckets and growth, hints, queues, hooks, fork,
 * park, unpark, interrupts. */
#include "weft_park.h"

#include "weft_host.h"

/* ---- statistics --------------------------------------------------------------------------- */

#if WEFT_STATISTICS
static struct {
    weft_atomic_u64 parks, mismatches, timeouts, interrupts, refusals, unparks, wakes, waits;

} counters;
#define COUNT(event) ((void)weft_fetch_add_relaxed_u64(&counters.event, 1))
#else
#define COUNT(event) ((void)0)
#endif

/* ---- wait records ------------------------------------------------------------------------- */

enum { WAITING = 0, WOKEN = 1, POKED = 2 };

/* One sleeping thread. Members below the line are guarded by the bucket's lock while `queued`, and
 * belong to the unparker from the removal until its release store of WOKEN. The members `last` and
 * `next_address` mean something only in the first waiter of an address. */
typedef struct weft_waiter {
    weft_atomic_u32 signal;
    weft_atomic_u32 next_free; /* index + 1 of the next record on the free list; 0: none */
    uint32_t index;
    /* -------- */
    bool queued;
    bool hinted;
    const void *address;
    struct weft_waiter *next;         /* behind this one, same address */
    struct weft_waiter *previous;     /* before this one, same address; NULL: first */
    struct weft_waiter *last;         /* first only: the end of the address's queue */
    struct weft_waiter *next_address; /* first only: the next address in the bucket */
    uint64_t since;
    uintptr_t tag;
    uintptr_t token;
} WEFT_ALIGNED(WEFT_CACHE_LINE) weft_waiter;

/* Records live in chunks: a static one, then mapped ones that double the total each. */
#ifndef WEFT_PARK_FIRST_WAITERS
#define WEFT_PARK_FIRST_WAITERS 128U
#endif
#define FIRST_CHUNK WEFT_PARK_FIRST_WAITERS
#define CHUNK_LIMIT 20U
static weft_waiter first_chunk[FIRST_CHUNK];
static weft_atomic_ptr chunks[CHUNK_LIMIT]; /* [0] unused: the static chunk */
static weft_atomic_u32 records_made;        /* changed under records_lock */
static weft_atomic_u32 records_lock;

/* Free records: index + 1 in the low half, a count of pushes in the high half, so that a pop that
 * slept through a pop and a push of the same record fails (ABA). */
static weft_atomic_u64 free_records;

/* A lock of three states (free, held, held and somebody may sleep), after U. Drepper, "Futexes Are
 * Tricky": for buckets and the record pool, whose sections are some ten instructions long and whose
 * memory is never freed. */
enum { FREE = 0, HELD = 1, HELD_WITH_SLEEPERS = 2 };

/* A section takes below 100 ns; a few microseconds of spinning outlast any owner that is running,
 * and an owner that was preempted is better slept for. */
#ifndef WEFT_PARK_SPINS
#define WEFT_PARK_SPINS 64
#endif

WEFT_COLD static void short_lock_slow(weft_atomic_u32 *lock) {
    for (int spin = 0; spin < WEFT_PARK_SPINS; spin++) {
        uint32_t seen = weft_load_relaxed_u32(lock);
        /* Acquire: pairs with the release in short_unlock. */
        if (seen == FREE && weft_cas_weak_acquire_u32(lock, &seen, HELD)) {
            return;
        }
        if (seen == HELD_WITH_SLEEPERS) {
            break;
        }
        weft_spin_pause();
    }
    /* Acquire: pairs with the release in short_unlock. */
    while (weft_exchange_acquire_u32(lock, HELD_WITH_SLEEPERS) != FREE) {
        weft_wait_word(lock, HELD_WITH_SLEEPERS, WEFT_WAIT_FOREVER);
    }
}

static void short_lock(weft_atomic_u32 *lock) {
    uint32_t seen = FREE;
    /* Acquire: pairs with the release in short_unlock. */
    if (WEFT_UNLIKELY(!weft_cas_acquire_u32(lock, &seen, HELD))) {
        short_lock_slow(lock);
    }
}

static void short_unlock(weft_atomic_u32 *lock) {
    /* Release: pairs with the acquires in short_lock and short_lock_slow. */
    if (WEFT_UNLIKELY(weft_exchange_release_u32(lock, FREE) == HELD_WITH_SLEEPERS)) {
        weft_wake_word(lock);
    }
}

/* Chunk 0 is the static one; chunk c > 0 has as many records as all before it. */
static uint32_t chunk_of(uint32_t index) {
    uint32_t chunk = 0;
    while (index >= FIRST_CHUNK << chunk) {
        chunk++;
    }
    return chunk;
}

static weft_waiter *record_at(uint32_t index) {
    if (index < FIRST_CHUNK) {
        return &first_chunk[index];
    }
    uint32_t chunk = chunk_of(index);
    /* Relaxed: whoever has an index comes after the store in make_record. It made the record, under records_lock;
     * or took it from the free list, whose head acquires from every give_record before it: they and the
     * takes between them are read-modify-writes. */
    weft_waiter *records = weft_load_relaxed_ptr(&chunks[chunk]);
    return &records[index - (FIRST_CHUNK << (chunk - 1))];
}

/* More threads sleep at once than ever before: makes one more record, NULL when pages are out. */
WEFT_COLD static weft_waiter *make_record(void) {
    weft_waiter *record = NULL;
    short_lock(&records_lock);
    /* Relaxed: only changed under records_lock. */
    uint32_t index = weft_load_relaxed_u32(&records_made);
    uint32_t chunk = chunk_of(index);
    /* Relaxed: chunks are only stored under records_lock. */
    bool there = chunk == 0 || (chunk < CHUNK_LIMIT && weft_load_relaxed_ptr(&chunks[chunk]));
    if (!there && chunk < CHUNK_LIMIT) {
        void *pages = weft_map_pages(sizeof(weft_waiter) * (FIRST_CHUNK << (chunk - 1)));
        if (pages != NULL) {
            /* Relaxed: see record_at. */
            weft_store_relaxed_ptr(&chunks[chunk], pages);
            there = true;
        }
    }
    if (there) {
        record = record_at(index);
        record->index = index;
        /* Relaxed: read without the lock only as an estimate of how many threads there are. */
        weft_store_relaxed_u32(&records_made, index + 1);
    }
    short_unlock(&records_lock);
    return record;
}

static weft_waiter *take_record(void) {
    /* Acquire: pairs with the release in give_record, so that next_free is the one that was pushed
     * with this head. */
    uint64_t head = weft_load_acquire_u64(&free_records);
    while ((uint32_t)head != 0) {
        weft_waiter *record = record_at((uint32_t)head - 1);
        /* Relaxed: a stale value belongs to an older head, and then the exchange fails. */
        uint32_t next = weft_load_relaxed_u32(&record->next_free);
        uint64_t popped = (head & ~(uint64_t)UINT32_MAX) | next;
        /* Acquire: pairs with give_record: what the last user did to the record is over. On failure
         * the head that was found is followed, so it acquires as well. */
        if (weft_cas_acquire_fail_acquire_u64(&free_records, &head, popped)) {
            return record;
        }
    }
    return make_record();
}

static void give_record(weft_waiter *record) {
    uint64_t head = weft_load_relaxed_u64(&free_records);
    uint64_t pushed;
    do {
        weft_store_relaxed_u32(&record->next_free, (uint32_t)head);
        pushed = (((head >> 32) + 1) << 32) | (record->index + 1);
        /* Release: pairs with the acquires in take_record. */
    } while (!weft_cas_weak_release_u64(&free_records, &head, pushed));
}

/* ---- buckets and growth ------------------------------------------------------------------- */

typedef struct weft_bucket {
    weft_atomic_u32 lock;
    weft_waiter *addresses; /* the first waiter of each address, linked by next_address */
} WEFT_ALIGNED(WEFT_CACHE_LINE) weft_bucket;

/* The whole table is static and untouched pages cost nothing: growing means to use more of it. */
#ifndef WEFT_PARK_MAX_BUCKETS
#define WEFT_PARK_MAX_BUCKETS 4096U
#endif
#ifndef WEFT_PARK_FIRST_BUCKETS
#define WEFT_PARK_FIRST_BUCKETS 64U
#endif
#define FIRST_BUCKETS WEFT_PARK_FIRST_BUCKETS
WEFT_STATIC_ASSERT((WEFT_PARK_MAX_BUCKETS & (WEFT_PARK_MAX_BUCKETS - 1)) == 0 &&
                       WEFT_PARK_MAX_BUCKETS >= FIRST_BUCKETS,
                   "the number of buckets is a power of two, at least the first");
static weft_bucket buckets[WEFT_PARK_MAX_BUCKETS];
static weft_atomic_u32 extra_mask; /* index mask without the bits of FIRST_BUCKETS: 0 at start */
static weft_atomic_u32 growth_lock;

static uint32_t bucket_mask(void) {
    /* Acquire: pairs with the release in grow: waiters that moved to a new bucket are in it before
     * anybody uses the new mask. */
    return weft_load_acquire_u32(&extra_mask) | (FIRST_BUCKETS - 1);
}

/* Fibonacci hashing (Knuth): the high half of the product depends on every bit of the address. */
static uint32_t hash_of(const void *address) {
    return (uint32_t)(((uint64_t)(uintptr_t)address * WEFT_PARK_HASH_) >> 32);
}

static weft_bucket *lock_bucket(const void *address) {
    for (;;) {
        uint32_t mask = bucket_mask();
        weft_bucket *bucket = &buckets[hash_of(address) & mask];
        short_lock(&bucket->lock);
        /* grow holds every lock of the old table while it moves waiters: having the lock and the
         * same mask, this is the address's bucket until it is unlocked. */
        if (WEFT_LIKELY(bucket_mask() == mask)) {
            return bucket;
        }
        short_unlock(&bucket->lock);
    }
}

static void unlock_bucket(weft_bucket *bucket) {
    short_unlock(&bucket->lock);
}

/* Moves the addresses that hash to the new upper half; the order within an address stays. */
static void split_bucket(weft_bucket *low, weft_bucket *high, uint32_t high_bit) {
    weft_waiter *first = low->addresses;
    low->addresses = NULL;
    while (first != NULL) {
        weft_waiter *next = first->next_address;
        weft_bucket *target = hash_of(first->address) & high_bit ? high : low;
        first->next_address = target->addresses;
        target->addresses = first;
        first = next;
    }
}

/* Doubles the table. Rare: as often as the number of sleeping threads has doubled. */
WEFT_COLD static void grow(uint32_t old_mask) {
    short_lock(&growth_lock);
    uint32_t count = old_mask + 1;
    if (bucket_mask() == old_mask && count < WEFT_PARK_MAX_BUCKETS) {
        for (uint32_t i = 0; i < count; i++) {
            short_lock(&buckets[i].lock);
        }
        for (uint32_t i = 0; i < count; i++) {
            split_bucket(&buckets[i], &buckets[i + count], count);
        }
        /* Release: pairs with the acquire in bucket_mask. */
        weft_store_release_u32(&extra_mask, (count * 2 - 1) & ~(FIRST_BUCKETS - 1));
        for (uint32_t i = 0; i < count; i++) {
            short_unlock(&buckets[i].lock);
        }
    }
    short_unlock(&growth_lock);
}

/* A table with one bucket for every two threads that ever slept at once keeps collisions between
 * addresses rare: threads outnumber the addresses they sleep on. */
static void grow_if_crowded(void) {
    uint32_t mask = bucket_mask();
    /* Relaxed: an estimate. */
    if (weft_load_relaxed_u32(&records_made) > 2 * (mask + 1) && mask + 1 < WEFT_PARK_MAX_BUCKETS) {
        grow(mask);
    }
}

/* ---- hints -------------------------------------------------------------------------------- */

#if !WEFT_WITHOUT_HINTS
/* An address's hint is found by the low bits of its hash, and so is its bucket by fewer of them: the
 * addresses of a hint are in one bucket, whatever the table's size. */
WEFT_STATIC_ASSERT((WEFT_PARK_HINTS & (WEFT_PARK_HINTS - 1)) == 0 &&
                       WEFT_PARK_HINTS >= WEFT_PARK_MAX_BUCKETS,
                   "the number of hints is a power of two, at least the number of buckets");
weft_atomic_u8 weft_park_hints_[WEFT_PARK_HINTS] WEFT_ALIGNED(WEFT_CACHE_LINE);

/* Each hint's waiters, and since when there have been none as far as anybody has looked (0: nobody has,
 * since somebody came to wait). Guarded by the bucket's lock. */
static struct {
    uint32_t waiters;
    uint64_t quiet_since;
} hint_use[WEFT_PARK_HINTS];

/* Whether hints may be clear. DECIDING: as UNDECIDED, and a thread is about to change it. Changed with every
 * bucket's lock held, but for that; read with any, or by a relaxed load for a guess. */
enum { UNDECIDED = 0, ASYMMETRIC = 1, SYMMETRIC = 2, DECIDING = 3 };
static weft_atomic_u32 protocol;

/* The same locks guard these: until when all hints stay set because there were too many heavy fences;
 * and until when nobody sleeps because one has failed. */
static uint64_t rest_until;
static uint64_t drained_at;

/* A locked section that was contended a moment ago will be again; the longer the hint stays, the longer
 * an uncontended unlock costs its second atomic instruction. */
#ifndef WEFT_PARK_STICKY_NS
#define WEFT_PARK_STICKY_NS 10000000U
#endif

/* At most BUDGET heavy fences in each window, then one more sets all hints for the time of a rest: at most 81
 * of them in any 0.1 s, wherever it begins, and 441 in any second. One fence is 0.4 to 2 microseconds on two
 * processors, and more on many. */
#define FENCE_WINDOW_NS 100000000U
#ifndef WEFT_PARK_FENCE_BUDGET
#define WEFT_PARK_FENCE_BUDGET 40U
#endif
#ifndef WEFT_PARK_REST_NS
#define WEFT_PARK_REST_NS 1000000000U
#endif
WEFT_STATIC_ASSERT(WEFT_PARK_FENCE_BUDGET <= 0xffff, "a window counts its fences in 16 bits");
static const uint64_t FENCE_BUDGET = WEFT_PARK_FENCE_BUDGET;
static const uint64_t REST_NS = WEFT_PARK_REST_NS;

/* If the heavy fence fails after it has worked (a sandbox came up), releasing stores that are on their
 * way to memory cannot be waited for. They take well below a microsecond, and a processor that turns to
 * another thread completes them. */
#define DRAIN_NS 10000000U

static weft_atomic_u64 fence_window; /* number of the window << 16 | fences in it */
static weft_atomic_u64 heavy_fences;

static void ensure_fork_handler(void);

static uint32_t hint_of(const void *address) {
    return hash_of(address) & (WEFT_PARK_HINTS - 1);
}

/* False if the window's fences have been spent. */
static bool spend_fence(void) {
    uint64_t window = weft_now_ns() / FENCE_WINDOW_NS;
    uint64_t seen = weft_load_relaxed_u64(&fence_window);
    uint64_t spent;
    do {
        uint64_t fences = seen >> 16 < window ? 0 : seen & 0xffff;
        if (fences >= FENCE_BUDGET) {
            return false;
        }
        spent = (seen >> 16 < window ? window << 16 : seen) + 1;
        /* Relaxed: a count that orders nothing. */
    } while (!weft_cas_weak_relaxed_u64(&fence_window, &seen, spent));
    return true;
}

static bool run_heavy_fence(void) {
    (void)weft_fetch_add_relaxed_u64(&heavy_fences, 1);
    return weft_heavy_fence();
}

/* Keeps every queue and hint as it is. Ascending, with the growth lock: as grow does. */
static uint32_t lock_table(void) {
    uint32_t count = bucket_mask() + 1;
    for (uint32_t i = 0; i < count; i++) {
        short_lock(&buckets[i].lock);
    }
    return count;
}

static void unlock_table(uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        short_unlock(&buckets[i].lock);
    }
}

/* With the table locked. Relaxed: see weft_park_hint. A hint is cleared only where nobody waits. */
static void change_hints(uint8_t hint) {
    for (uint32_t i = 0; i < WEFT_PARK_HINTS; i++) {
        bool kept = hint == WEFT_HINT_CLEAR && hint_use[i].waiters != 0;
        weft_store_relaxed_u8(&weft_park_hints_[i], kept ? WEFT_HINT_SET : hint);
    }
}

/* How many releases look at the clock and take the bucket's lock once, to see whether the hint may be
 * cleared. A model checker sets 1 (each), or 0 (none). */
#ifndef WEFT_PARK_SAMPLE
#define WEFT_PARK_SAMPLE 64U
#endif

#ifndef WEFT_PARK_SYMMETRIC
#define WEFT_PARK_SYMMETRIC 0
#endif

/* Without any lock: it may take milliseconds. */
static bool has_heavy_fence(void) {
    return !WEFT_PARK_SYMMETRIC && weft_register_heavy_fence() && run_heavy_fence();
}

/* With the growth lock: the protocol from here on. */
static void choose_protocol(bool asymmetric) {
    uint32_t count = lock_table();
    bool was_asymmetric = weft_load_relaxed_u32(&protocol) == ASYMMETRIC;
    weft_store_relaxed_u32(&protocol, asymmetric ? ASYMMETRIC : SYMMETRIC);
    change_hints(asymmetric ? WEFT_HINT_CLEAR : WEFT_HINT_NEVER);
    if (was_asymmetric && !asymmetric && !run_heavy_fence()) {
        drained_at = weft_now_ns() + DRAIN_NS;
    }
    unlock_table(count);
}

bool weft_park_set_asymmetric(bool wanted) {
    ensure_fork_handler();
    bool asymmetric = wanted && has_heavy_fence();
    short_lock(&growth_lock);
    choose_protocol(asymmetric);
    short_unlock(&growth_lock);
    return asymmetric == wanted;
}

/* By the first release that looks. Whoever asks meanwhile, or what this one is interrupted by, goes on without. */
WEFT_COLD static void decide_protocol(void) {
    uint32_t seen = UNDECIDED;
    /* Relaxed: who decides; what is decided is published by the buckets' locks. */
    if (weft_cas_relaxed_u32(&protocol, &seen, DECIDING)) {
        bool asymmetric = has_heavy_fence();
        short_lock(&growth_lock);
        if (weft_load_relaxed_u32(&protocol) == DECIDING) { /* else the host has */
            choose_protocol(asymmetric);
        }
        short_unlock(&growth_lock);
    }
}

void weft_park_decide(void) {
    /* Relaxed: decide_protocol compares it again. */
    if (WEFT_PARK_SAMPLE != 0 && weft_load_relaxed_u32(&protocol) == UNDECIDED) {
        ensure_fork_handler();
        decide_protocol();
    }
}

/* Too many heavy fences: one more, for all hints, and then none for a while. Another thread may have
 * done that meanwhile: then the address's hint is not clear any more. */
WEFT_COLD static void rest_from_fences(const void *address) {
    short_lock(&growth_lock);
    uint32_t count = lock_table();
    if (weft_park_hint(address) == WEFT_HINT_CLEAR) {
        uint64_t now = weft_now_ns();
        rest_until = now + REST_NS;
        change_hints(WEFT_HINT_SET);
        if (!run_heavy_fence()) {
            drained_at = now + DRAIN_NS;
        }
    }
    unlock_table(count);
    short_unlock(&growth_lock);
}

typedef enum announcement {
    ANNOUNCED, /* the hint is set, and the heavy fence behind it over */
    TOO_MANY,  /* it is clear still: no more fences now */
    FAILED,    /* it is clear still: there is no fence any more */
    DRAINING   /* not for certain: do not sleep yet */
} announcement;

/* Under the bucket's lock: makes sure that no plain store of an owner goes unnoticed. */
static announcement announce(const void *address) {
    weft_atomic_u8 *hint = &weft_park_hints_[hint_of(address)];
    if (WEFT_UNLIKELY(drained_at != 0) && weft_now_ns() < drained_at) {
        return DRAINING;
    }
    hint_use[hint_of(address)].quiet_since = 0;
    /* Relaxed: clear hints are set under this lock. */
    if (weft_load_relaxed_u8(hint) != WEFT_HINT_CLEAR) {
        return ANNOUNCED;
    }
    if (!spend_fence()) {
        return TOO_MANY;
    }
    /* Relaxed: the heavy fence orders it before the owners' loads of the hint that follow their light
     * fences, and the releasing stores before their light fences before the comparison of the word. */
    weft_store_relaxed_u8(hint, WEFT_HINT_SET);
    if (WEFT_UNLIKELY(!run_heavy_fence())) {
        weft_store_relaxed_u8(hint, WEFT_HINT_CLEAR);
        return FAILED;
    }
    return ANNOUNCED;
}

/* Without the bucket's lock, when announce has not announced: what has to be done before another try.
 * False: nap instead. */
WEFT_COLD static bool recover(announcement announced, const void *address) {
    if (announced == TOO_MANY) {
        rest_from_fences(address);
    } else if (announced == FAILED) {
        weft_park_set_asymmetric(false);
    }
    return announced != DRAINING;
}

#if WEFT_PARK_SAMPLE > 1
/* Counted by stack: threads seldom share a line. Not thread-local, which allocates on some platforms. */
enum { STRIPES = 64 };
static struct {
    weft_atomic_u32 releases;
} WEFT_ALIGNED(WEFT_CACHE_LINE) stripes[STRIPES];

static bool is_sampled(void) {
    char here;
    weft_atomic_u32 *releases =
        &stripes[hash_of((const void *)((uintptr_t)&here >> 12)) % STRIPES].releases;
    /* Relaxed, and two steps: a count that is off by a few does as well. */
    uint32_t count = weft_load_relaxed_u32(releases) + 1;
    weft_store_relaxed_u32(releases, count);
    /* Spread out (Fibonacci hashing again): each 64th would be the same mutex's always, for a thread that
     * unlocks two in turn. */
    return (uint32_t)(count * 0x9E3779B9U) < UINT32_MAX / WEFT_PARK_SAMPLE;
}
#else
static bool is_sampled(void) {
    return WEFT_PARK_SAMPLE == 1;
}
#endif

/* Under the bucket's lock. */
static void clear_if_quiet(uint32_t hint, uint64_t now) {
    if (weft_load_relaxed_u32(&protocol) != ASYMMETRIC || hint_use[hint].waiters != 0 ||
        now < rest_until) {
        return;
    }
    if (hint_use[hint].quiet_since == 0) {
        hint_use[hint].quiet_since = now;
    }
    uint64_t since = hint_use[hint].quiet_since;
    /* The clock was read before the lock was taken: others may have been here with a later time. */
    if (now >= since && now - since >= WEFT_PARK_STICKY_NS) {
        /* Relaxed: it allows plain stores and orders nothing. */
        weft_store_relaxed_u8(&weft_park_hints_[hint], WEFT_HINT_CLEAR);
    }
}

void weft_park_settle_hint(const void *address) {
    if (WEFT_LIKELY(!is_sampled())) {
        return;
    }
    ensure_fork_handler();
    if (weft_load_relaxed_u32(&protocol) == UNDECIDED) {
        decide_protocol();
        return;
    }
    uint64_t now = weft_now_ns();
    weft_bucket *bucket = lock_bucket(address);
    clear_if_quiet(hint_of(address), now);
    unlock_bucket(bucket);
}

/* All relaxed: whoever has marked a hint unmarks it later, which is after that mark among the changes of one byte, so
 * none stays BUSY when nobody waits; and who looks for CLEAR takes BUSY and SET alike. False if the hint has another state:
 * that one stays. */
static bool change_hint(const void *address, uint8_t from, uint8_t to) {
    weft_atomic_u8 *hint = &weft_park_hints_[hint_of(address)];
    uint8_t seen = weft_load_relaxed_u8(hint);
    /* Without samples nobody looks anyway. */
    return WEFT_PARK_SAMPLE != 0 && seen == from && weft_cas_relaxed_u8(hint, &seen, to);
}

bool weft_park_mark_busy(const void *address) {
    ensure_fork_handler(); /* in the child of a fork nobody unmarks it */
    return change_hint(address, WEFT_HINT_SET, WEFT_HINT_BUSY);
}

void weft_park_unmark_busy(const void *address) {
    (void)change_hint(address, WEFT_HINT_BUSY, WEFT_HINT_SET);
}

/* In the child of a fork, which has not registered the heavy fence. The parent may have been about to
 * change the protocol and all hints. */
static void reset_hints(void) {
    bool symmetric = weft_load_relaxed_u32(&protocol) == SYMMETRIC;
    rest_until = 0;
    drained_at = 0;
    weft_store_relaxed_u32(&protocol, symmetric ? SYMMETRIC : UNDECIDED);
    change_hints(symmetric ? WEFT_HINT_NEVER : WEFT_HINT_SET);
    for (uint32_t i = 0; i < WEFT_PARK_HINTS; i++) {
        if (hint_use[i].waiters != 0) {
            hint_use[i].waiters = 0;
        }
    }
}
#endif

/* ---- queues: everything here under the bucket's lock ---------------------------------------- */

/* Where the bucket points to the address's first waiter, or where it would. */
static weft_waiter **find_address(weft_bucket *bucket, const void *address) {
    weft_waiter **link = &bucket->addresses;
    while (*link != NULL && (*link)->address != address) {
        link = &(*link)->next_address;
    }
    return link;
}

static void enqueue(weft_bucket *bucket, weft_waiter *waiter, bool front) {
    weft_waiter **link = find_address(bucket, waiter->address);
    weft_waiter *first = *link;
    waiter->next = NULL;
    waiter->queued = true;
#if !WEFT_WITHOUT_HINTS
    if (waiter->hinted) {
        hint_use[hint_of(waiter->address)].waiters++;
    }
#endif
    if (first == NULL) {
        waiter->previous = NULL;
        waiter->last = waiter;
        waiter->next_address = NULL;
        *link = waiter;
    } else if (front) {
        waiter->previous = NULL;
        waiter->next = first;
        waiter->last = first->last;
        waiter->next_address = first->next_address;
        first->previous = waiter;
        *link = waiter;
    } else {
        waiter->previous = first->last;
        first->last->next = waiter;
        first->last = waiter;
    }
}

/* `link` is find_address of the waiter's address. */
static void dequeue(weft_waiter **link, weft_waiter *waiter) {
    weft_waiter *first = *link;
    weft_waiter *next = waiter->next;
    waiter->queued = false;
#if !WEFT_WITHOUT_HINTS
    if (waiter->hinted) {
        hint_use[hint_of(waiter->address)].waiters--;
    }
#endif
    if (waiter != first) {
        waiter->previous->next = next;
        if (next != NULL) {
            next->previous = waiter->previous;
        } else {
            first->last = waiter->previous;
        }
    } else if (next != NULL) {
        next->previous = NULL;
        next->last = first->last;
        next->next_address = first->next_address;
        *link = next;
    } else {
        *link = first->next_address;
    }
}

/* ---- hooks -------------------------------------------------------------------------------- */

static weft_atomic_ptr park_hook;

void weft_park_set_hook(const weft_park_hook *hook) {
    /* Release: pairs with the acquire in hooked_context and weft_park_may_detach: the members are
     * set before they are called. */
    weft_store_release_ptr(&park_hook, (void *)(uintptr_t)hook);
}

/* The hook if this thread takes part, and its context. */
static const weft_park_hook *hooked_context(void **context) {
    /* Acquire: pairs with weft_park_set_hook. */
    const weft_park_hook *hook = weft_load_acquire_ptr(&park_hook);
    if (hook != NULL && *context == NULL) {
        *context = hook->current();
    }
    return *context != NULL ? hook : NULL;
}

#if WEFT_CHECKED
void weft_park_may_detach(void) {
    void *context = NULL;
    const weft_park_hook *hook = hooked_context(&context);
    if (hook != NULL && hook->may_detach != NULL) {
        hook->may_detach(context);
    }
}
#endif

/* The argument is published before the hook and read after it. */
static weft_atomic_ptr contention_argument;
static weft_atomic_uptr contention_hook;

void weft_park_set_contention_hook(weft_contention_hook hook, void *argument) {
    weft_store_relaxed_ptr(&contention_argument, argument);
    /* Release: pairs with the acquire in weft_park_contention_end: the argument is there. */
    weft_store_release_uptr(&contention_hook, (uintptr_t)hook);
}

uint64_t weft_park_contention_begin(void) {
    /* Relaxed: whether to look at the clock; nothing is read through it. */
    return weft_load_relaxed_uptr(&contention_hook) != 0 ? weft_now_ns() : 0;
}

void weft_park_contention_end(const void *address, uint64_t began) {
    if (began == 0) {
        return;
    }
    /* Acquire: pairs with the release in weft_park_set_contention_hook. */
    weft_contention_hook hook = (weft_contention_hook)weft_load_acquire_uptr(&contention_hook);
    if (hook != NULL) {
        hook(weft_load_relaxed_ptr(&contention_argument), address, weft_now_ns() - began);
    }
}

/* ---- fork --------------------------------------------------------------------------------- */

void weft_park_after_fork_child(void) {
    /* One thread is left, and it is not asleep: every queue is empty, every lock free, every record
     * unused. Relaxed and plain stores: nobody else is there. */
    weft_wait_after_fork_child();
    weft_store_relaxed_u32(&records_lock, FREE);
    weft_store_relaxed_u32(&growth_lock, FREE);
#if !WEFT_WITHOUT_HINTS
    reset_hints();
#endif
    for (uint32_t i = 0; i < WEFT_PARK_MAX_BUCKETS; i++) {
        if (weft_load_relaxed_u32(&buckets[i].lock) != FREE || buckets[i].addresses != NULL) {
            weft_store_relaxed_u32(&buckets[i].lock, FREE);
            buckets[i].addresses = NULL;
        }
    }
    weft_store_relaxed_u64(&free_records, 0);
    for (uint32_t i = weft_load_relaxed_u32(&records_made); i > 0; i--) {
        give_record(record_at(i - 1));
    }
}

/* Whether a handler is there, or the identity of the thread that is registering it. */
enum { NOT_REGISTERED = 0, REGISTERED = 1 };
static weft_atomic_uptr fork_handler;
static _Thread_local char identity; /* its address is the thread's identity: neither 0 nor 1 */

#define REGISTRATION_NAPS 10
#define REGISTRATION_NAP_NS 1000000U

/* The C library may allocate here, and its allocator may park on a lock of this library: the inner
 * call passes by. Other threads wait for the registration, but not for ever: the registering thread
 * may need a lock that one of them holds, or may be missing in the child of a fork. Then they
 * register once more; the handler may run twice. */
WEFT_COLD void weft_park_ensure_fork_handler_slow(weft_atomic_uptr *state, void (*child)(void)) {
    uintptr_t seen = NOT_REGISTERED;
    /* Relaxed, all: whoever is first registers it; what is registered carries nothing. */
    if (!weft_cas_relaxed_uptr(state, &seen, (uintptr_t)&identity)) {
        if (seen == (uintptr_t)&identity) {
            return;
        }
        for (int i = 0; i < REGISTRATION_NAPS && seen != REGISTERED; i++) {
            weft_sleep_ns(REGISTRATION_NAP_NS);
            seen = weft_load_relaxed_uptr(state);
        }
        if (seen == REGISTERED) {
            return;
        }
    }
    bool registered = weft_at_fork_child(child);
    weft_store_relaxed_uptr(state, registered ? REGISTERED : NOT_REGISTERED);
}

/* Before a thread takes the first lock of a bucket there is nothing to clean up after a fork. */
static void ensure_fork_handler(void) {
    weft_park_ensure_fork_handler(&fork_handler, weft_park_after_fork_child);
}

/* ---- park --------------------------------------------------------------------------------- */

/* Relaxed loads: the caller's bucket lock orders them against callbacks, and a change made without
 * it is announced by an unpark, which takes the lock after this comparison. */
static bool as_expected(const weft_park_request *request) {
    uint64_t word = request->expected;
    switch (request->size) {
    case 0:
        return true;
    case 1:
        word = weft_load_relaxed_u8((const weft_atomic_u8 *)request->address);
        break;
    case 2:
        word = weft_load_relaxed_u16((const weft_atomic_u16 *)request->address);
        break;
    case 4:
        word = weft_load_relaxed_u32((const weft_atomic_u32 *)request->address);
        break;
    case 8:
        word = weft_load_relaxed_u64((const weft_atomic_u64 *)request->address);
        break;
    default:
        break;
    }
    return (word & request->mask) == (request->expected & request->mask);
}

static void check_size(const weft_park_request *request) {
    if (request->size > 8 || (request->size & (request->size - 1)) != 0) {
        weft_fatal("a parking request's size is not 0, 1, 2, 4 or 8", "address", request->address,
                   NULL);
    }
}

static bool is_raised(const weft_interrupt *interrupt) {
    /* Sequentially consistent: pairs with weft_interrupt_raise. This thread publishes its waiter
     * and then looks here; the raiser raises and then looks for a waiter; one of them sees. */
    return interrupt != NULL && weft_load_seq_cst_u32(&interrupt->raised) != 0;
}

/* Leaves the queue on its own account. False if an unparker was first: then WOKEN is on its way. */
static bool leave_queue(const weft_park_request *request, weft_waiter *waiter) {
    weft_bucket *bucket = lock_bucket(request->address);
    bool left = waiter->queued;
    if (left) {
        weft_waiter **link = find_address(bucket, request->address);
        dequeue(link, waiter);
        if (request->abandon != NULL) {
            bool more = *link != NULL && (*link)->address == request->address;
            request->abandon(request, more);
        }
    }
    unlock_bucket(bucket);
    return left;
}

/* Once an unparker has taken the waiter from its queue, the wake comes for certain and soon. */
static void await_wake(weft_waiter *waiter) {
    for (;;) {
        /* Acquire: pairs with the release store of WOKEN in wake: the token, the unparker's work.
         */
        uint32_t signal = weft_load_acquire_u32(&waiter->signal);
        if (signal == WOKEN) {
            return;
        }
        COUNT(waits);
        weft_wait_word(&waiter->signal, signal, WEFT_WAIT_FOREVER);
    }
}

/* Why a sleeping thread should leave, if it should. */
static weft_park_result reason_to_leave(const weft_park_request *request, weft_wait_result waited) {
    if (request->interruptible && (waited == WEFT_WAIT_SIGNALED || is_raised(request->interrupt))) {
        return WEFT_PARK_INTERRUPTED;
    }
    /* The clock decides, not the operating system: its timeouts may be early. */
    if (waited == WEFT_WAIT_TIMED_OUT && weft_now_ns() >= request->deadline) {
        return WEFT_PARK_TIMEOUT;
    }
    return WEFT_PARK_WOKEN;
}

/* Linux restarts a wait without a timeout after a handler that was installed with SA_RESTART; one
 * with a timeout returns. So an interruptible wait always has one, if five centuries away. */
static uint64_t system_deadline(const weft_park_request *request) {
    return request->interruptible && request->deadline == WEFT_WAIT_FOREVER ? WEFT_WAIT_FOREVER - 1
                                                                            : request->deadline;
}

static weft_park_result sleep_until_woken(const weft_park_request *request, weft_waiter *waiter) {
    weft_wait_result waited = WEFT_WAIT_WOKEN;
    for (;;) {
        /* Acquire: pairs with the release store of WOKEN in wake. */
        uint32_t signal = weft_load_acquire_u32(&waiter->signal);
        if (signal == WOKEN) {
            return WEFT_PARK_WOKEN;
        }
        if (signal == POKED) {
            /* Relaxed: the load above has acquired the poke, and a poked record is not poked again. If it
             * fails, WOKEN came. */
            weft_cas_relaxed_u32(&waiter->signal, &signal, WAITING);
        }
        weft_park_result reason = reason_to_leave(request, waited);
        if (reason != WEFT_PARK_WOKEN) {
            if (leave_queue(request, waiter)) {
                return reason;
            }
            await_wake(waiter);
            return WEFT_PARK_WOKEN;
        }
        COUNT(waits);
        waited = weft_wait_word(&waiter->signal, WAITING, system_deadline(request));
    }
}

typedef enum queueing { QUEUED, NOT_EXPECTED, NOT_NOW } queueing;

/* Compares and queues in one step. */
static queueing queue_if_expected(const weft_park_request *request, weft_waiter *waiter) {
    waiter->hinted = request->hinted;
    waiter->address = request->address;
    waiter->since = request->since;
    waiter->tag = request->tag;
    waiter->token = 0;
    /* Relaxed: the bucket's lock publishes it to the unparker, and weft_interrupt_raise tolerates
     * any value. */
    weft_store_relaxed_u32(&waiter->signal, WAITING);
#if WEFT_WITHOUT_HINTS
    weft_bucket *bucket = lock_bucket(request->address);
    bool expected = as_expected(request);
    if (expected) {
        enqueue(bucket, waiter, request->front);
    }
    unlock_bucket(bucket);
    return expected ? QUEUED : NOT_EXPECTED;
#else
    for (;;) {
        weft_bucket *bucket = lock_bucket(request->address);
        announcement announced = ANNOUNCED;
        /* Once for a cheap refusal, and for hinted waiters again: only now does it count. */
        bool expected = as_expected(request);
        if (expected && request->hinted) {
            announced = announce(request->address);
            expected = as_expected(request);
        }
        if (expected && announced == ANNOUNCED) {
            enqueue(bucket, waiter, request->front);
        }
        unlock_bucket(bucket);
        if (WEFT_LIKELY(announced == ANNOUNCED)) {
            return expected ? QUEUED : NOT_EXPECTED;
        }
        if (!recover(announced, request->address)) {
            return NOT_NOW;
        }
    }
#endif
}

static weft_park_result sleep_detached(const weft_park_request *request, weft_waiter *waiter,
                                       const weft_park_hook *hook, void *context) {
    if (request->queued != NULL) {
        request->queued(request);
    }
    if (hook != NULL) {
        hook->enter(context);
    }
    if (request->interrupt != NULL) {
        /* Sequentially consistent: see is_raised. */
        weft_store_seq_cst_ptr(&request->interrupt->waiter, waiter);
    }
    weft_park_result result = sleep_until_woken(request, waiter);
    if (request->interrupt != NULL) {
        /* Relaxed: a raiser that still finds the record pokes its next user, who tolerates it. */
        weft_store_relaxed_ptr(&request->interrupt->waiter, NULL);
    }
    return result;
}

/* Attaches the thread again. What it was handed becomes its own only if that needs no waiting. */
static weft_park_result attach_again(const weft_park_request *request, const weft_park_hook *hook,
                                     void *context, uintptr_t token) {
    if (token != 0 && request->refuse != NULL) {
        if (hook->try_leave(context)) {
            return WEFT_PARK_WOKEN;
        }
        request->refuse(request, token);
        hook->leave(context);
        COUNT(refusals);
        return WEFT_PARK_REFUSED;
    }
    hook->leave(context);
    return WEFT_PARK_WOKEN;
}

static void end_mark(const weft_park_request *request) {
    if (request->marked) {
        weft_park_unmark_busy(request->address);
    }
}

static void count_result(weft_park_result result) {
    /* NOLINTNEXTLINE(bugprone-branch-clone): alike only while statistics are off */
    if (result == WEFT_PARK_TIMEOUT) {
        COUNT(timeouts);
    } else if (result == WEFT_PARK_INTERRUPTED) {
        COUNT(interrupts);
    }
}

/* How long a thread naps when it cannot be queued: see the Rules in the header. As short as
 * a time slice, so that it costs little processor time and delays a lock by little more than that. */
#define NAP_NS 1000000U

/* Instead of sleeping until it is woken: sleeps a little, detached, and lets the caller look again. */
WEFT_COLD static weft_park_result nap(const weft_park_request *request) {
    if (request->queued != NULL) {
        request->queued(request);
    }
    void *context = request->context;
    const weft_park_hook *hook = hooked_context(&context);
    if (hook != NULL) {
        hook->enter(context);
    }
    weft_sleep_ns(NAP_NS);
    end_mark(request);
    if (hook != NULL) {
        hook->leave(context);
    }
    if (request->interruptible && is_raised(request->interrupt)) {
        return WEFT_PARK_INTERRUPTED;
    }
    return request->deadline != WEFT_WAIT_FOREVER && weft_now_ns() >= request->deadline
               ? WEFT_PARK_TIMEOUT
               : WEFT_PARK_MISMATCH;
}

weft_park_result weft_park(const weft_park_request *request, uintptr_t *token) {
    check_size(request);
    weft_park_may_detach();
    ensure_fork_handler();
    if (token != NULL) {
        *token = 0;
    }
    weft_waiter *waiter = take_record();
    if (WEFT_UNLIKELY(waiter == NULL)) {
        return nap(request);
    }
    queueing queued = queue_if_expected(request, waiter);
    if (queued != QUEUED) {
        give_record(waiter);
        COUNT(mismatches);
        if (queued == NOT_NOW) {
            return nap(request);
        }
        end_mark(request);
        return WEFT_PARK_MISMATCH;
    }
    COUNT(parks);
    grow_if_crowded();

    void *context = request->context;
    const weft_park_hook *hook = hooked_context(&context);
    weft_park_result result = sleep_detached(request, waiter, hook, context);
    uintptr_t received = result == WEFT_PARK_WOKEN ? waiter->token : 0;
    give_record(waiter);
    count_result(result);
    end_mark(request);
    if (hook != NULL) {
        weft_park_result attached = attach_again(request, hook, context, received);
        result = result == WEFT_PARK_WOKEN ? attached : result;
    }
    if (token != NULL && result == WEFT_PARK_WOKEN) {
        *token = received;
    }
    return result;
}

/* ---- unpark ------------------------------------------------------------------------------- */

/* Takes the chosen waiters out, in order, onto a list of their own linked by `next`. */
static weft_waiter *take_chosen(weft_waiter **link, const void *address, weft_unpark_chooser choose,
                                void *argument, weft_unparked *unparked) {
    weft_waiter *taken = NULL;
    weft_waiter **taken_end = &taken;
    weft_waiter *waiter = *link;
    while (waiter != NULL) {
        weft_waiter *next = waiter->next;
        weft_unpark_choice choice =
            choose == NULL ? WEFT_UNPARK_WAKE : choose(argument, waiter->tag);
        if (choice == WEFT_UNPARK_STOP) {
            break;
        }
        if (choice == WEFT_UNPARK_WAKE) {
            dequeue(link, waiter);
            if (unparked->count++ == 0 || waiter->since < unparked->since) {
                unparked->since = waiter->since;
            }
            waiter->next = NULL;
            *taken_end = waiter;
            taken_end = &waiter->next;
        }
        waiter = next;
    }
    unparked->more = *link != NULL && (*link)->address == address;
    return taken;
}

/* The last thing an unparker does to a record; the rest is the operating system's, which at worst
 * finds the word in the hands of the record's next user. */
static void wake(weft_waiter *waiter, uintptr_t token) {
    waiter->token = token;
    /* Release: pairs with the acquires in sleep_until_woken and await_wake. */
    weft_store_release_u32(&waiter->signal, WOKEN);
    weft_wake_word(&waiter->signal);
}

size_t weft_unpark_select(const void *address, weft_unpark_chooser choose,
                          weft_unpark_callback callback, void *argument) {
    weft_unparked unparked = {0, false, 0};
    ensure_fork_handler();
    weft_bucket *bucket = lock_bucket(address);
    weft_waiter **link = find_address(bucket, address);
    weft_waiter *taken = take_chosen(link, address, choose, argument, &unparked);
    uintptr_t token = callback != NULL ? callback(argument, &unparked) : 0;
    unlock_bucket(bucket);
    COUNT(unparks);
    while (taken != NULL) {
        weft_waiter *next = taken->next; /* before the wake gives the record away */
        COUNT(wakes);
        wake(taken, token);
        taken = next;
    }
    return unparked.count;
}

size_t weft_unpark_all(const void *address, weft_unpark_callback callback, void *argument) {
    return weft_unpark_select(address, NULL, callback, argument);
}

/* The next hinted waiter from here on. */
static weft_waiter *skip_to_hinted(weft_waiter *waiter) {
    while (waiter != NULL && !waiter->hinted) {
        waiter = waiter->next;
    }
    return waiter;
}

/* Takes the first waiter out, or the first hinted one; NULL if there is none. */
static weft_waiter *take_first(weft_waiter **link, bool hinted, weft_unparked *unparked) {
    if (*link == NULL) {
        return NULL;
    }
    weft_waiter *first = hinted ? skip_to_hinted(*link) : *link;
    if (first != NULL) {
        unparked->count = 1;
        unparked->since = first->since;
        unparked->more = (hinted ? skip_to_hinted(first->next) : first->next) != NULL;
        dequeue(link, first);
    }
    return first;
}

static size_t unpark_first(const void *address, bool hinted, weft_unpark_callback callback,
                           void *argument) {
    weft_unparked unparked = {0, false, 0};
    ensure_fork_handler();
    weft_bucket *bucket = lock_bucket(address);
    weft_waiter **link = find_address(bucket, address);
    weft_waiter *first = take_first(link, hinted, &unparked);
    uintptr_t token = callback != NULL ? callback(argument, &unparked) : 0;
    unlock_bucket(bucket);
    COUNT(unparks);
    if (first != NULL) {
        COUNT(wakes);
        wake(first, token);
    }
    return unparked.count;
}

size_t weft_unpark_one(const void *address, weft_unpark_callback callback, void *argument) {
    return unpark_first(address, false, callback, argument);
}

#if !WEFT_WITHOUT_HINTS
size_t weft_unpark_hinted(const void *address, weft_unpark_callback callback, void *argument) {
    return unpark_first(address, true, callback, argument);
}
#endif

/* ---- interrupts --------------------------------------------------------------------------- */

void weft_interrupt_raise(weft_interrupt *interrupt) {
    /* Sequentially consistent, both: pairs with sleep_detached's store of the waiter and is_raised.
     * Either this thread finds the waiter, or the waiter finds the raise before it sleeps. */
    weft_store_seq_cst_u32(&interrupt->raised, 1);
    weft_waiter *waiter = weft_load_seq_cst_ptr(&interrupt->waiter);
    if (waiter != NULL) {
        uint32_t seen = WAITING;
        /* Release: pairs with the acquire in sleep_until_woken. If the exchange fails, the waiter
         * is awake or about to be, and looks for itself. */
        if (weft_cas_release_u32(&waiter->signal, &seen, POKED)) {
            weft_wake_word(&waiter->signal);
        }
    }
}

bool weft_interrupt_clear(weft_interrupt *interrupt) {
    /* Acquire: pairs with weft_interrupt_raise: what the raiser did before is visible. */
    return weft_exchange_acquire_u32(&interrupt->raised, 0) != 0;
}

/* ---- introspection ------------------------------------------------------------------------ */

void weft_park_describe(weft_park_description *description) {
    uint32_t made = weft_load_relaxed_u32(&records_made);
    description->buckets = bucket_mask() + 1;
    description->waiters = made;
    description->bytes = (made <= FIRST_CHUNK ? FIRST_CHUNK : FIRST_CHUNK << chunk_of(made - 1)) *
                             sizeof(weft_waiter) +
                         sizeof buckets;
    description->clear_hints = 0;
    description->heavy_fences = 0;
#if !WEFT_WITHOUT_HINTS
    for (uint32_t i = 0; i < WEFT_PARK_HINTS; i++) {
        description->clear_hints += weft_load_relaxed_u8(&weft_park_hints_[i]) == WEFT_HINT_CLEAR;
    }
    description->heavy_fences = weft_load_relaxed_u64(&heavy_fences);
#endif
}

void weft_park_get_statistics(weft_park_statistics *statistics) {
#if WEFT_STATISTICS
    statistics->parks = weft_load_relaxed_u64(&counters.parks);
    statistics->mismatches = weft_load_relaxed_u64(&counters.mismatches);
    statistics->timeouts = weft_load_relaxed_u64(&counters.timeouts);
    statistics->interrupts = weft_load_relaxed_u64(&counters.interrupts);
    statistics->refusals = weft_load_relaxed_u64(&counters.refusals);
    statistics->unparks = weft_load_relaxed_u64(&counters.unparks);
    statistics->wakes = weft_load_relaxed_u64(&counters.wakes);
    statistics->waits = weft_load_relaxed_u64(&counters.waits);
#else
    *statistics = (weft_park_statistics){0};
#endif
}
