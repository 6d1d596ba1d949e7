/* expect: 0 safe */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../explore.h"
/* Dekker with the cost on one side. */
static atomic_int x, y;
static int inside;
static void *one(void *u) {
    atomic_store_explicit(&x, 1, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    if (!atomic_load_explicit(&y, memory_order_relaxed)) {
        inside++;
    }
    return u;
}
static void *two(void *u) {
    atomic_store_explicit(&y, 1, memory_order_relaxed);
    explore_heavy_fence();
    if (!atomic_load_explicit(&x, memory_order_relaxed)) {
        inside++;
    }
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
