/* Writers exclude everybody (the plain counter would race), readers do not exclude each other, none
 * is forgotten asleep, and the word is zero in the end. ROLES, a letter per thread: w writes, r
 * reads, d writes and downgrades, t tries to write, s tries to read, W and R have a timeout, which may
 * or may not come, o reads until another reader has come in, u unlocks what main has locked for writing.
 * FAIRNESS: 0 makes every unlock that wakes a handoff. REFUSES: wakes may be refused (refuse.h). */
#include "weft_rwmutex.h"

#include <string.h>

#include "refuse.h"

#ifndef ROLES
#define ROLES "wr"
#endif

static weft_rwmutex lock;
static int writes;
static int failed[THREADS];
static weft_atomic_u32 reader_inside;

static void reads_it(void) {
    int seen = writes;
    assert(weft_rwmutex_readers(&lock) > 0);
    assert(writes == seen);
    weft_rwmutex_read_unlock(&lock);
}

static void writes_it(void) {
    assert(weft_rwmutex_is_write_locked(&lock));
    writes++;
}

static void *plays(void *index) {
    switch (ROLES[(uintptr_t)index]) {
    case 'r':
        weft_rwmutex_read_lock(&lock);
        weft_store_release_u32(&reader_inside, 1);
        reads_it();
        break;
    case 's':
        if (weft_rwmutex_try_read_lock(&lock)) {
            reads_it();
        }
        break;
    case 'd':
        weft_rwmutex_write_lock(&lock);
        writes_it();
        weft_rwmutex_downgrade(&lock);
        reads_it();
        break;
    case 'u':
        weft_rwmutex_write_unlock(&lock);
        break;
    case 'o':
        weft_rwmutex_read_lock(&lock);
        await_value(&reader_inside, 1);
        reads_it();
        break;
    case 'R':
        if (weft_rwmutex_read_lock_for(&lock, 1000) == WEFT_LOCK_OK) {
            reads_it();
        }
        break;
    case 'W':
        if (weft_rwmutex_write_lock_for(&lock, 1000) != WEFT_LOCK_OK) {
            failed[(uintptr_t)index] = 1;
            break;
        }
        writes_it();
        weft_rwmutex_write_unlock(&lock);
        break;
    case 't':
        if (!weft_rwmutex_try_write_lock(&lock)) {
            failed[(uintptr_t)index] = 1;
            break;
        }
        writes_it();
        weft_rwmutex_write_unlock(&lock);
        break;
    default:
        weft_rwmutex_write_lock(&lock);
        writes_it();
        weft_rwmutex_write_unlock(&lock);
    }
    return NULL;
}

int main(void) {
    int expected = 0;
#ifdef FAIRNESS
    weft_mutex_set_fairness(FAIRNESS);
#endif
    refuse_wakes();
    if (strchr(ROLES, 'u') != NULL) {
        weft_rwmutex_write_lock(&lock);
    }
    run_alike(plays);
    for (int i = 0; i < THREADS; i++) {
        expected += strchr("wdtW", ROLES[i]) != NULL && !failed[i];
    }
    weft_rwmutex_read_lock(&lock); /* still works */
    assert(writes == expected);
    weft_rwmutex_read_unlock(&lock);
    weft_rwmutex_write_lock(&lock);
    weft_rwmutex_write_unlock(&lock);
    assert(weft_load_relaxed_uptr(&lock.state) == 0);
    return 0;
}
