/* expect: 0 safe */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

/* What the other thread stores in the frame is no step of a loop there; what the frame's owner then stores is. */
struct lent {
    atomic_int ready, done;
    int n;
};
static void *other(void *argument) {
    struct lent *l = argument;
    while (!atomic_load_explicit(&l->ready, memory_order_acquire)) {
    }
    assert(l->n == 3);
    l->n = 0;
    atomic_store_explicit(&l->done, 1, memory_order_release);
    return NULL;
}
int main(void) {
    struct lent l = {0};
    pthread_t t;
    pthread_create(&t, NULL, other, &l);
    l.n = 3;
    atomic_store_explicit(&l.ready, 1, memory_order_release);
    while (!atomic_load_explicit(&l.done, memory_order_acquire)) {
    }
    for (; l.n < 3; l.n++) {
        (void)atomic_load_explicit(&l.done, memory_order_relaxed);
    }
    assert(l.n == 3);
    pthread_join(t, NULL);
    return 0;
}
