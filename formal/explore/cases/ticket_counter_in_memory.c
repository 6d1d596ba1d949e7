/* expect: 1 assertion */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The loop counts in memory: it is not an await, and its third turn is reached. */
static atomic_int flag;
static int turns;
static void *one(void *u) {
    while (!atomic_load_explicit(&flag, memory_order_relaxed)) {
        turns++;
        assert(turns < 3);
    }
    return u;
}
static void *two(void *u) {
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
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
