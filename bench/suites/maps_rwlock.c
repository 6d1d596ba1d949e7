/* Open addressing, keys and values beside each other, under a pthread_rwlock. Deleted keys leave a mark that is taken away when
 * the table is rebuilt. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdlib.h>

#include "bench/suites/maps.h"

typedef struct pair {
    uint64_t key; /* 0: none, 1: deleted */
    uint64_t value;
} pair;

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pair *pairs;
static size_t mask;
static size_t used; /* with the deleted */
static size_t live;

static void here_enter(void) {}
static void here_leave(void) {}
static void here_sleep(void) {}
static void here_wake(void) {}
static void here_begin_reading(void) {}
static void here_end_reading(void) {}
static void here_prepare(size_t size) {
    (void)size;
}

static void allocate(size_t slots) {
    pairs = calloc(slots, sizeof *pairs);
    if (pairs == NULL) {
        abort();
    }
    mask = slots - 1;
    used = live = 0;
}
static void here_make(size_t size, bool symbols) {
    (void)size;
    (void)symbols;
    allocate(8);
}
static void here_drop(void) {
    free(pairs);
    pairs = NULL;
}

static inline size_t place_of(uint64_t key) {
    uint64_t hash = key * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(hash ^ hash >> 32) & mask;
}
static inline pair *find(uint64_t key) {
    for (size_t at = place_of(key);; at = (at + 1) & mask) {
        if (pairs[at].key == key) {
            return &pairs[at];
        }
        if (pairs[at].key == 0) {
            return NULL;
        }
    }
}

static inline bool here_read(int self, uint64_t key) {
    (void)self;
    pthread_rwlock_rdlock(&lock);
    pair *found = find(key);
    bool there = found != NULL && found->value != 0;
    pthread_rwlock_unlock(&lock);
    return there;
}

static void put(uint64_t key, uint64_t value) {
    size_t at = place_of(key);
    while (pairs[at].key > 1) {
        at = (at + 1) & mask;
    }
    used += pairs[at].key == 0;
    live++;
    pairs[at] = (pair){key, value};
}

static void grow(void) {
    pair *old = pairs;
    size_t slots = mask + 1;
    allocate(live > slots / 3 ? slots * 2 : slots);
    for (size_t i = 0; i < slots; i++) {
        if (old[i].key > 1) {
            put(old[i].key, old[i].value);
        }
    }
    free(old);
}

static void here_set(uint64_t key, uint32_t number) {
    pthread_rwlock_wrlock(&lock);
    pair *found = find(key);
    if (found != NULL) {
        found->value = number + UINT64_C(1);
    } else {
        if (used >= (mask + 1) / 4 * 3) {
            grow();
        }
        put(key, number + UINT64_C(1));
    }
    pthread_rwlock_unlock(&lock);
}
static void here_remove(uint64_t key) {
    pthread_rwlock_wrlock(&lock);
    pair *found = find(key);
    if (found != NULL) {
        found->key = 1;
        live--;
    }
    pthread_rwlock_unlock(&lock);
}

#define MAP bench_rwlock_map
#include "bench/suites/maps_loops.h"
