/* expect: 1 assertion */
/* The assumption fails at first: only what the other thread stores later makes it hold. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "explore.h"

static atomic_int x, y;
static void *assumes(void *u) {
    explore_assume(atomic_load_explicit(&x, memory_order_relaxed) == 1);
    assert(atomic_load_explicit(&y, memory_order_relaxed) == 1);
    return u;
}
static void *stores(void *u) {
    atomic_store_explicit(&y, 1, memory_order_relaxed);
    atomic_store_explicit(&x, 1, memory_order_relaxed);
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, assumes, NULL);
    pthread_create(&b, NULL, stores, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
