/* expect: 1 mixed size */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static union {
    atomic_int word;
    atomic_uchar byte;
} v;
static atomic_int ready;
static void *one(void *u) {
    atomic_store_explicit(&v.word, 1, memory_order_relaxed);
    atomic_store_explicit(&v.byte, 2, memory_order_relaxed);
    atomic_store_explicit(&ready, 1, memory_order_relaxed);
    return u;
}
static void *two(void *u) {
    if (atomic_load_explicit(&ready, memory_order_relaxed)) {
        return atomic_load_explicit(&v.word, memory_order_relaxed) ? u : NULL;
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
