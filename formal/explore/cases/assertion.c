/* expect: 1 assertion */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int x, y, sum;
static void *one(void *u) {
    atomic_store_explicit(&x, 1, memory_order_release);
    if (!atomic_load_explicit(&y, memory_order_acquire)) {
        atomic_fetch_add(&sum, 1);
    }
    return u;
}
static void *two(void *u) {
    atomic_store_explicit(&y, 1, memory_order_release);
    if (!atomic_load_explicit(&x, memory_order_acquire)) {
        atomic_fetch_add(&sum, 1);
    }
    assert(atomic_load(&sum) < 2);
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
