/* expect: 1 use after return */
/* As stale_pointer.c, with atomic objects in both frames: what the stale pointer's user reads in the new one comes too late. */
#include <pthread.h>
#include <stdatomic.h>

static atomic_int *_Atomic shared;
static atomic_int seen;
static __attribute__((noinline)) void set(atomic_int *to) {
    for (int i = 0; i < 64; i++) {
        atomic_store_explicit(&to[i], 1, memory_order_relaxed);
    }
}
static __attribute__((noinline)) void lend(void) {
    atomic_int mine[64];
    set(mine);
    atomic_store(&shared, &mine[16]);
}
static __attribute__((noinline)) void wait(void) {
    atomic_int own[64];
    set(own);
    while (!atomic_load(&seen)) {
    }
}
static void *two(void *u) {
    atomic_int *p = atomic_load(&shared);
    if (p) {
        (void)atomic_load(p);
    }
    atomic_store(&seen, 1);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, two, NULL);
    lend();
    wait();
    pthread_join(a, NULL);
    return 0;
}
