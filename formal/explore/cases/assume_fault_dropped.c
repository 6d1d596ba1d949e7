/* expect: 0 safe */
/* The same with a fault and with a race, which end a thread in other ways than an assertion does. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "explore.h"

static atomic_int x, y;
static int plain;
static void *reads(void *u) {
    int *nothing = NULL;
    if (atomic_load_explicit(&x, memory_order_relaxed)) {
        *(volatile int *)nothing = 1;
    }
    return u;
}
static void *races(void *u) {
    if (atomic_load_explicit(&x, memory_order_relaxed)) {
        plain = 1;
    }
    atomic_store(&y, 1);
    return u;
}
static void *writes(void *u) {
    int value = explore_choose(2);
    plain = 2;
    atomic_store_explicit(&x, value, memory_order_relaxed);
    explore_assume(value == 0);
    atomic_load(&y);
    return u;
}
int main(void) {
    void *(*const bodies[])(void *) = {reads, races, writes, reads, races};
    pthread_t t[5];
    for (int i = 0; i < 5; i++) {
        pthread_create(&t[i], NULL, bodies[i], NULL);
    }
    for (int i = 0; i < 5; i++) {
        pthread_join(t[i], NULL);
    }
    return 0;
}
