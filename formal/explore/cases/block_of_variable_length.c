/* expect: 0 safe */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static _Atomic(atomic_int *) shared;
static int data;
__attribute__((noinline)) static void deeper(atomic_int *p) {
    data = 1;
    atomic_store_explicit(p, 1, memory_order_release);
}
static void *one(void *u) {
    atomic_int *p;
    int seen = 0;
    while (!(p = atomic_load_explicit(&shared, memory_order_acquire))) {
    }
    if (atomic_load_explicit(&p[0], memory_order_acquire)) {
        seen = data;
    }
    atomic_store_explicit(&p[1], 1, memory_order_release);
    return seen ? u : NULL;
}
int main(void) {
    volatile int n = 3;
    atomic_int block[n];
    pthread_t a;
    atomic_init(&block[0], 0);
    atomic_init(&block[1], 0);
    pthread_create(&a, NULL, one, NULL);
    atomic_store_explicit(&shared, block, memory_order_release);
    deeper(block);
    while (!atomic_load_explicit(&block[1], memory_order_acquire)) {
    }
    pthread_join(a, NULL);
    return 0;
}
