/* expect: 1 assertion */
/* A flag inside the operating system is no atomic object of the program: with one, the fences would be in an order. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../explore.h"

static atomic_int x;
static int seen_x, seen_flag;
static void *one(void *u) {
    atomic_store_explicit(&x, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    seen_flag = explore_system_flag();
    return u;
}
static void *two(void *u) {
    explore_set_system_flag();
    atomic_thread_fence(memory_order_seq_cst);
    seen_x = atomic_load_explicit(&x, memory_order_relaxed);
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    assert(seen_flag || seen_x);
    return 0;
}
