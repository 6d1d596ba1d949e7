/* A one-byte lock with a parking lot under it: three threads, one bucket, a queue of waiters that sleep on a word of their own.
 *
 * The lock byte: LOCKED, and PARKED while the queue may not be empty. Locking barges; unlock with PARKED set takes the bucket
 * lock, dequeues one waiter, tells the byte whether others remain, and wakes it.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "../explore.h"

#ifndef THREADS
#define THREADS 3
#endif
enum { LOCKED = 1, PARKED = 2 };

typedef struct waiter {
    struct waiter *next;
    _Atomic uint32_t asleep;
} waiter;

static atomic_uchar lock_byte;
static atomic_uchar bucket_lock;
static waiter *head, *tail; /* under bucket_lock */
static int counter;         /* under the lock */

static void bucket_acquire(void) {
    unsigned char expected = 0;
    while (!atomic_compare_exchange_strong_explicit(&bucket_lock, &expected, 1,
                                                    memory_order_acquire, memory_order_relaxed)) {
        expected = 0;
    }
}

static void bucket_release(void) {
    atomic_store_explicit(&bucket_lock, 0, memory_order_release);
}

/* Sleeps unless the byte changed from LOCKED | PARKED before the bucket lock was taken. */
static void park(void) {
    waiter me = {.next = NULL, .asleep = 1};
    bucket_acquire();
    if (atomic_load_explicit(&lock_byte, memory_order_relaxed) != (LOCKED | PARKED)) {
        bucket_release();
        return;
    }
    if (tail) {
        tail->next = &me;
    } else {
        head = &me;
    }
    tail = &me;
    bucket_release();
    while (atomic_load_explicit(&me.asleep, memory_order_acquire)) {
        explore_wait((uint32_t *)&me.asleep, 1, 0);
    }
}

static void lock(void) {
    unsigned char seen = 0;
    if (atomic_compare_exchange_strong_explicit(&lock_byte, &seen, LOCKED, memory_order_acquire,
                                                memory_order_relaxed)) {
        return;
    }
    for (;;) {
        if (!(seen & LOCKED)) {
            if (atomic_compare_exchange_strong_explicit(
                    &lock_byte, &seen, seen | LOCKED, memory_order_acquire, memory_order_relaxed)) {
                return;
            }
            continue;
        }
        if (!(seen & PARKED) &&
            !atomic_compare_exchange_strong_explicit(&lock_byte, &seen, seen | PARKED,
                                                     memory_order_relaxed, memory_order_relaxed)) {
            continue;
        }
        park();
        seen = atomic_load_explicit(&lock_byte, memory_order_relaxed);
    }
}

static void unlock(void) {
    unsigned char seen = LOCKED;
    if (atomic_compare_exchange_strong_explicit(&lock_byte, &seen, 0, memory_order_release,
                                                memory_order_relaxed)) {
        return;
    }
    bucket_acquire();
    waiter *w = head;
    if (w) {
        head = w->next;
        if (!head) {
            tail = NULL;
        }
    }
    atomic_store_explicit(&lock_byte, head ? PARKED : 0, memory_order_release);
    bucket_release();
    if (!w) {
        return;
    }
    uint32_t *word = (uint32_t *)&w->asleep;
    atomic_store_explicit(&w->asleep, 0, memory_order_release);
    explore_wake(word, 1); /* by address alone: the waiter may be gone */
}

static void *worker(void *unused) {
    lock();
    counter++;
    unlock();
    return unused;
}

int main(void) {
    pthread_t t[THREADS];
    for (int i = 1; i < THREADS; i++) {
        pthread_create(&t[i], NULL, worker, NULL);
    }
    worker(NULL);
    for (int i = 1; i < THREADS; i++) {
        pthread_join(t[i], NULL);
    }
    assert(counter == THREADS);
    return 0;
}
