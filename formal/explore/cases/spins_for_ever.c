/* expect: 1 livelock */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int flag;
static void *one(void *u) {
    atomic_store_explicit(&flag, 2, memory_order_relaxed);
    return u;
}
static void *two(void *u) {
    while (atomic_load_explicit(&flag, memory_order_relaxed) != 1) {
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
