/* expect: 0 safe */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int n;
static void *one(void *u) {
    int seen = atomic_load(&n);
    while (!atomic_compare_exchange_weak(&n, &seen, seen + 1)) {
    }
    return u;
}
static void *two(void *u) {
    one(u);
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
