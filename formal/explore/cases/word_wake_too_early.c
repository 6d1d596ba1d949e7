/* expect: 1 deadlock */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <stdint.h>
#include "../explore.h"
static _Atomic uint32_t word;
static int data;
static void *one(void *u) {
    data = 1;
    explore_wake((uint32_t *)&word, 1);
    atomic_store_explicit(&word, 1, memory_order_release);
    return u;
}
static void *two(void *u) {
    while (!atomic_load_explicit(&word, memory_order_acquire)) {
        explore_wait((uint32_t *)&word, 0, 0);
    }
    assert(data == 1);
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
