/* expect: 0 safe */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int flag, other;
static int data;
static void *one(void *u) {
    atomic_store_explicit(&other, 1, memory_order_relaxed);
    data = 1;
    atomic_store_explicit(&flag, 1, memory_order_release);
    return u;
}
static void *two(void *u) {
    long tries = 0;
    while (atomic_load_explicit(&flag, memory_order_acquire) +
               atomic_load_explicit(&other, memory_order_relaxed) !=
           2) {
    }
    assert(data == 1);
    return tries ? NULL : u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
