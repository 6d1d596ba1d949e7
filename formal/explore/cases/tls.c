/* expect: 0 safe */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Each thread has its own block, with its initial values, at an address of its own; a pointer to it can be shared. */
static _Thread_local int own = 7;
static __thread char zero[100];
static int *_Atomic published;
static atomic_int done;
static void *one(void *u) {
    assert(own == 7 && zero[50] == 0);
    own = 8;
    zero[50] = 1;
    atomic_store_explicit(&published, &own, memory_order_release);
    while (!atomic_load_explicit(&done, memory_order_acquire)) {
    }
    assert(own == 9);
    return u;
}
static void *two(void *u) {
    int *theirs;
    assert(own == 7 && zero[50] == 0);
    while (!(theirs = atomic_load_explicit(&published, memory_order_acquire))) {
    }
    assert(theirs != &own && *theirs == 8);
    *theirs = 9;
    atomic_store_explicit(&done, 1, memory_order_release);
    assert(own == 7);
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
