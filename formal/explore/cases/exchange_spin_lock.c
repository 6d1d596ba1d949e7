/* expect: 0 safe */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The loop stores what is there already: an await all the same. */
static atomic_uchar lock;
static int n;
static void *one(void *u) {
    while (atomic_exchange_explicit(&lock, 1, memory_order_acquire)) {
    }
    n++;
    atomic_store_explicit(&lock, 0, memory_order_release);
    return u;
}
static void *two(void *u) {
    return one(u);
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
