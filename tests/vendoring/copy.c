/* One user of one copy of the library: compiled once for each copy, with the copy's WEFT_PREFIX.
 * ENTRY is the function's name. Two threads count under a mutex, with more than the fast path. */
#include <pthread.h>

#include "weft.h"

enum { ROUNDS = 20000 };

typedef struct shared {
    weft_mutex mutex;
    int count;
} shared;

static void *count_up(void *argument) {
    shared *both = (shared *)argument;
    for (int i = 0; i < ROUNDS; i++) {
        weft_mutex_lock(&both->mutex);
        both->count++;
        weft_mutex_unlock(&both->mutex);
    }
    return NULL;
}

int ENTRY(void);

int ENTRY(void) {
    shared both = {.mutex = WEFT_MUTEX_INIT, .count = 0};
    pthread_t other;
    weft_mutex_lock(&both.mutex);
    if (pthread_create(&other, NULL, count_up, &both) != 0) {
        return 0;
    }
    /* The other may sleep by now, or not: either way it counts only after this. */
    int unchanged = both.count == 0;
    weft_mutex_unlock(&both.mutex);
    (void)count_up(&both);
    (void)pthread_join(other, NULL);
    return unchanged && both.count == 2 * ROUNDS;
}
