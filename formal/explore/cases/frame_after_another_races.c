/* expect: 1 data race */
/* As frame_after_another.c, but the object is initialised by a plain store. */
#include <pthread.h>
#include <stdatomic.h>

static atomic_int *_Atomic shared;
static atomic_int seen;
static __attribute__((noinline)) void set(int *to, int n) {
    for (int i = 0; i < n; i++) {
        to[i] = i;
    }
}
static __attribute__((noinline)) int fill(void) {
    int before[64];
    set(before, 64);
    return before[16];
}
static __attribute__((noinline)) void lend(void) {
    atomic_int mine[32];
    for (int i = 0; i < 32; i++) {
        *(volatile int *)&mine[i] = 1;
    }
    atomic_store_explicit(&shared, &mine[16], memory_order_relaxed);
    while (!atomic_load_explicit(&seen, memory_order_acquire)) {
    }
}
static void *two(void *u) {
    atomic_int *p = atomic_load_explicit(&shared, memory_order_relaxed);
    if (p) {
        atomic_store_explicit(p, 2, memory_order_relaxed);
    }
    atomic_store_explicit(&seen, 1, memory_order_release);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, two, NULL);
    int sixteen = fill();
    lend();
    pthread_join(a, NULL);
    return sixteen != 16;
}
