/* Writers exclude each other (the plain counter would race), none is forgotten asleep, and one that
 * abandons its section has changed nothing. REFUSES: wakes may be refused (refuse.h). */
#include "weft_seqlock.h"

#include "refuse.h"

static weft_seqlock lock;
static weft_atomic_u32 payload;
static int sections;

static void *writes(void *index) {
    weft_seqlock_write_begin(&lock);
    sections++;
    if (index == NULL) {
        weft_seqlock_write_abandon(&lock);
    } else {
        weft_store_relaxed_u32(&payload, weft_load_relaxed_u32(&payload) + 1);
        weft_seqlock_write_end(&lock);
    }
    return NULL;
}

int main(void) {
    refuse_wakes();
    run_alike(writes);
    assert(sections == THREADS);
    assert(weft_load_relaxed_u32(&payload) == THREADS - 1);
    assert(weft_load_relaxed_u32(&lock.sequence) == (THREADS - 1) * WEFT_SEQLOCK_STEP);
    return 0;
}
