/* expect: 0 safe */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static int shared;
static atomic_int flag;
static void *one(void *u) {
    shared = 1;
    atomic_store_explicit(&flag, 1, memory_order_release);
    return u;
}
static void *two(void *u) {
    if (atomic_load_explicit(&flag, memory_order_acquire)) {
        assert(shared == 1);
    }
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
