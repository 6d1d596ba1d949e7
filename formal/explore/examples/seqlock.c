/* A seqlock, one writer and one reader, payload of relaxed atomics (Boehm, MSPC 2012). The reader retries until it has a whole copy. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_uint sequence;
static atomic_int first, second;

static void *writer(void *unused) {
    for (int round = 1; round <= 2; round++) {
        unsigned s = atomic_load_explicit(&sequence, memory_order_relaxed);
        atomic_store_explicit(&sequence, s + 1, memory_order_relaxed);
        /* Pairs with the reader's acquire fence: the odd number is seen before the payload. */
        atomic_thread_fence(memory_order_release);
        atomic_store_explicit(&first, round, memory_order_relaxed);
        atomic_store_explicit(&second, round, memory_order_relaxed);
        /* Pairs with the reader's acquire load. */
        atomic_store_explicit(&sequence, s + 2, memory_order_release);
    }
    return unused;
}

static void *reader(void *unused) {
    unsigned before, after;
    int a, b;
    do {
        before = atomic_load_explicit(&sequence, memory_order_acquire);
        a = atomic_load_explicit(&first, memory_order_relaxed);
        b = atomic_load_explicit(&second, memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire);
        after = atomic_load_explicit(&sequence, memory_order_relaxed);
    } while (before % 2 != 0 || before != after);
    assert(a == b);
    assert((unsigned)a * 2 == before);
    return unused;
}

int main(void) {
    pthread_t w, r;
    pthread_create(&w, NULL, writer, NULL);
    pthread_create(&r, NULL, reader, NULL);
    pthread_join(w, NULL);
    pthread_join(r, NULL);
    return 0;
}
