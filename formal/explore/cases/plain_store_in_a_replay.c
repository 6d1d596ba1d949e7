/* expect: 1 data race */
/* What one thread has announced is not another's, also where an execution is played again: B's store is told by its own instruction. */
#include <pthread.h>
#include <stdatomic.h>

static atomic_int flag, plain_1, plain_2;
long shared;
__attribute__((noinline, no_sanitize("thread"))) static void store_unseen(void) {
    shared = 7;
}
static void *b(void *u) {
    if (atomic_load_explicit(&flag, memory_order_relaxed) == 2) {
        store_unseen();
    }
    return u;
}
static void *c(void *u) {
    atomic_fetch_add_explicit(&flag, 1, memory_order_relaxed);
    *(volatile int *)&plain_2 = 1;
    return u;
}
static void *a(void *u) {
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
    shared = 1;
    *(volatile int *)&plain_1 = 1;
    return u;
}
int main(void) {
    pthread_t threads[3];
    atomic_store(&plain_1, 0);
    atomic_store(&plain_2, 0);
    pthread_create(&threads[0], NULL, b, NULL);
    pthread_create(&threads[1], NULL, c, NULL);
    pthread_create(&threads[2], NULL, a, NULL);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    return 0;
}
