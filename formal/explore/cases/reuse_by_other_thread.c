/* expect: 1 assertion; options: --reuse */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A malloc can get the block another thread freed, also one freed later in the order of exploration. */
static _Atomic(char *) freed;
static void *one(void *u) {
    char *p = malloc(24);
    atomic_store_explicit(&freed, p, memory_order_relaxed);
    free(p);
    return u;
}
static void *two(void *u) {
    char *p = malloc(24), *q = atomic_load_explicit(&freed, memory_order_relaxed);
    assert(p != q);
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&b, NULL, two, NULL);
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
