/* A one-byte test-and-test-and-set lock, two threads: the smallest lock there is. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_uchar lock;
static int counter;

static void *worker(void *unused) {
    for (;;) {
        unsigned char expected = 0;
        if (atomic_compare_exchange_strong_explicit(&lock, &expected, 1, memory_order_acquire,
                                                    memory_order_relaxed)) {
            break;
        }
    }
    counter++;
    atomic_store_explicit(&lock, 0, memory_order_release);
    return unused;
}

int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, worker, NULL);
    pthread_create(&b, NULL, worker, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    assert(counter == 2);
    return 0;
}
