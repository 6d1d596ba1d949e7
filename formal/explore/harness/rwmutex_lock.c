/* Writers exclude everybody (the plain counter would race), readers do not exclude each other, none
 * is forgotten asleep, and the word is zero in the end. ROLES, a letter per thread: w writes, r
 * reads, d writes and downgrades, t tries to write, s tries to read. */
#include "weft_rwmutex.h"

#include "harness.h"

#ifndef ROLES
#define ROLES "wr"
#endif

static weft_rwmutex lock;
static int writes;
static int failed[THREADS];

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
    run_alike(plays);
    for (int i = 0; i < THREADS; i++) {
        expected += (ROLES[i] == 'w' || ROLES[i] == 'd' || ROLES[i] == 't') && !failed[i];
    }
    weft_rwmutex_read_lock(&lock); /* still works */
    assert(writes == expected);
    weft_rwmutex_read_unlock(&lock);
    weft_rwmutex_write_lock(&lock);
    weft_rwmutex_write_unlock(&lock);
    assert(weft_load_relaxed_uptr(&lock.state) == 0);
    return 0;
}
