/* expect: 1 use after return */
/* It looks done in time, but nothing orders its access before the end of the thread. */
#include <pthread.h>
#include <stdatomic.h>

static int *_Atomic shared;
static atomic_int seen;
static __attribute__((noinline)) void lend(void) {
    static _Thread_local int mine = 1;
    atomic_store(&shared, &mine);
    while (!atomic_load_explicit(&seen, memory_order_relaxed)) {
    }
}
static void *one(void *u) {
    lend();
    return u;
}
static void *two(void *u) {
    int *p = atomic_load(&shared);
    if (p) {
        *p = 2;
    }
    atomic_store_explicit(&seen, 1, memory_order_release);
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
