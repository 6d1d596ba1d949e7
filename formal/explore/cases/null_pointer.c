/* expect: 1 fault */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Atomic(int *) p;
static int x;
static void *one(void *u) {
    atomic_store_explicit(&p, &x, memory_order_release);
    return u;
}
static void *two(void *u) {
    *atomic_load_explicit(&p, memory_order_acquire) = 1;
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
