/* expect: 0 safe */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

/* x is stored plainly before anything accesses it atomically, with a value that differs between executions: a read of the initial
 * value must get that of its own execution. */
static atomic_int y, ready;
static int x, stored, got = -1;
static void *publish(void *u) {
    stored = atomic_load_explicit(&y, memory_order_relaxed) + 10;
    x = stored;
    atomic_store_explicit(&ready, 1, memory_order_release);
    return u;
}
static void *overwrite(void *u) {
    if (atomic_load_explicit(&ready, memory_order_acquire)) {
        __atomic_store_n(&x, 7, __ATOMIC_RELAXED);
    }
    return u;
}
static void *look(void *u) {
    if (atomic_load_explicit(&ready, memory_order_acquire)) {
        got = __atomic_load_n(&x, __ATOMIC_RELAXED);
    }
    return u;
}
static void *vary(void *u) {
    atomic_store_explicit(&y, 1, memory_order_relaxed);
    return u;
}
int main(void) {
    void *(*part[])(void *) = {publish, overwrite, look, vary};
    pthread_t t[4];
    for (int i = 0; i < 4; i++) {
        pthread_create(&t[i], NULL, part[i], NULL);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], NULL);
    }
    assert(got == -1 || got == 7 || got == stored);
    return 0;
}
