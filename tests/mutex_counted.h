/* mutex_counted.h: threads that count under one mutex. A thousand of them are a scenario of mutex_scenarios.c, and two a harness of the
 * explorer, which tries every order (formal/explore/harness/mutex_counted.c). Who includes this defines CHECK and ROUNDS. */
#ifndef WEFT_TESTS_MUTEX_COUNTED_H
#define WEFT_TESTS_MUTEX_COUNTED_H

#include "weft_mutex.h"

typedef struct shared_counter {
    weft_mutex mutex;
    unsigned
        count; /* guarded by mutex: a double owner loses some, and TSan and the explorer see it */
    weft_atomic_u32 owners;
} shared_counter;

static void count_under_the_lock(void *argument) {
    shared_counter *shared = argument;
    for (int i = 0; i < ROUNDS; i++) {
        weft_mutex_lock(&shared->mutex);
        CHECK(weft_fetch_add_relaxed_u32(&shared->owners, 1) == 0);
        shared->count++;
        CHECK(weft_fetch_sub_relaxed_u32(&shared->owners, 1) == 1);
        weft_mutex_unlock(&shared->mutex);
    }
}

#endif /* WEFT_TESTS_MUTEX_COUNTED_H */
