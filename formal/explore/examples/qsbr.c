/* A textbook QSBR: READERS readers announce quiescent states, one writer unlinks a node, waits for all of them, frees it. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#ifndef READERS
#define READERS 3
#endif

static atomic_uint write_sequence = 1;
static atomic_uint observed[READERS]; /* 0: detached */
static _Atomic(int *) shared;

static void *reader(void *argument) {
    atomic_uint *mine = &observed[(uintptr_t)argument];
    /* Visible to the writer before anything is read: pairs with the writer's seq_cst fence. */
    atomic_store_explicit(mine, atomic_load_explicit(&write_sequence, memory_order_relaxed),
                          memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    /* Pairs with the publishing release. */
    int *node = atomic_load_explicit(&shared, memory_order_acquire);
    assert(*node == 1 || *node == 2);
    /* Detach: everything read is done. Pairs with the writer's acquire load. */
    atomic_store_explicit(mine, 0, memory_order_release);
    return NULL;
}

static void *writer(void *unused) {
    int *fresh = malloc(sizeof *fresh), *old = atomic_load_explicit(&shared, memory_order_relaxed);
    *fresh = 2;
    atomic_store_explicit(&shared, fresh, memory_order_release);
    unsigned goal = atomic_fetch_add_explicit(&write_sequence, 1, memory_order_acq_rel) + 1;
    atomic_thread_fence(memory_order_seq_cst); /* pairs with the readers' fence */
    for (int i = 0; i < READERS; i++) {
        unsigned seen;
        while ((seen = atomic_load_explicit(&observed[i], memory_order_acquire)) != 0 &&
               seen < goal) {
        }
    }
    free(old);
    return unused;
}

int main(void) {
    pthread_t w, r[READERS];
    int *first = malloc(sizeof *first);
    *first = 1;
    atomic_store_explicit(&shared, first, memory_order_relaxed);
    pthread_create(&w, NULL, writer, NULL);
    for (uintptr_t i = 0; i < READERS; i++) {
        pthread_create(&r[i], NULL, reader, (void *)i);
    }
    pthread_join(w, NULL);
    for (int i = 0; i < READERS; i++) {
        pthread_join(r[i], NULL);
    }
    return 0;
}
