/* expect: 1 use after return */
/* The frame ends long before the thread does, and everything is in order by then. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static _Atomic(int *) shared;
static atomic_int done, between;
__attribute__((noinline)) static void lend(void) {
    int mine[4] = {0};
    atomic_store_explicit(&shared, mine, memory_order_release);
    atomic_store_explicit(&between, 1, memory_order_relaxed);
}
static void *one(void *u) {
    lend();
    while (!atomic_load_explicit(&done, memory_order_acquire)) {
    }
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    int *p = atomic_load_explicit(&shared, memory_order_acquire);
    if (p && !atomic_load_explicit(&between, memory_order_relaxed)) {
        *p = 1;
    }
    atomic_store_explicit(&done, 1, memory_order_release);
    pthread_join(a, NULL);
    return 0;
}
