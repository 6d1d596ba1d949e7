/* expect: 1 data race */
#include "../explore.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* A waiter that was woken must still load the word with acquire: the wake itself orders nothing. */
static _Atomic uint32_t word;
static int data;

static void *one(void *u) {
    data = 1;
    atomic_store_explicit(&word, 1, memory_order_release);
    explore_wake((uint32_t *)&word, 1);
    return u;
}

static void *two(void *u) {
    if (!atomic_load_explicit(&word, memory_order_acquire)) {
        explore_wait((uint32_t *)&word, 0, 0);
    }
    return data ? u : NULL;
}

int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
