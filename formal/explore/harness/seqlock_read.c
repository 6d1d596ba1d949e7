/* A writer and a reader: what is read is whole, and what the writer did before is seen with it.
 * TRY: the reader gives up where it would have to wait. BY_HAND: both use the ends of the sections. KEEPS: the reader keeps
 * the writer out, as one does that has failed too often. BYTES: the payload is three bytes, aligned to nothing. */
#include "weft_seqlock.h"

#include "harness.h"

#ifndef WRITES
#define WRITES 1
#endif

#ifdef BYTES
typedef struct pair {
    uint8_t low, between, high;
} pair;
#else
typedef struct pair {
    uint64_t low, high;
} pair;
#endif

static weft_seqlock lock;
static pair shared;
static int history[WRITES + 1];

static void *writes(void *unused) {
    (void)unused;
    for (int i = 1; i <= WRITES; i++) {
        history[i] = i;
#ifdef BY_HAND
        weft_seqlock_write_begin(&lock);
        weft_store_relaxed_u64((weft_atomic_u64 *)&shared.low, (uint64_t)i);
        weft_store_relaxed_u64((weft_atomic_u64 *)&shared.high, (uint64_t)i);
        weft_seqlock_write_end(&lock);
#else
        pair next = {.low = (uint8_t)i, .high = (uint8_t)i};
        weft_seqlock_write(&lock, &shared, &next);
#endif
    }
    return NULL;
}

static bool reads_whole(pair *mine) {
#if defined(KEEPS)
    weft_seqlock_keep_writers_out(&lock);
    weft_seqlock_copy_out(mine, &shared, sizeof shared, __alignof__(shared));
    weft_seqlock_let_writers_in(&lock);
    return true;
#elif defined(TRY) && defined(BYTES)
    return weft_seqlock_try_load(&lock, mine, &shared, sizeof shared, 1);
#elif defined(TRY)
    return weft_seqlock_try_read(&lock, mine, &shared);
#elif defined(BY_HAND)
    uint32_t begun = weft_seqlock_read_begin(&lock);
    mine->low = weft_load_relaxed_u64((const weft_atomic_u64 *)&shared.low);
    mine->high = weft_load_relaxed_u64((const weft_atomic_u64 *)&shared.high);
    return !weft_seqlock_read_retry(&lock, begun);
#else
    weft_seqlock_read(&lock, mine, &shared);
    return true;
#endif
}

static void *reads(void *unused) {
    (void)unused;
    pair mine;
    if (reads_whole(&mine)) {
        assert(mine.low == mine.high);
        if (mine.low != 0) {
            assert(history[mine.low] == (int)mine.low);
        }
    }
    return NULL;
}

int main(void) {
    void *(*bodies[])(void *) = {reads, writes, reads};
    run_threads(THREADS, bodies);
    pair last;
    weft_seqlock_read(&lock, &last, &shared);
    assert(last.low == WRITES && last.high == WRITES);
    assert(!weft_seqlock_is_writing(&lock));
    return 0;
}
