/* expect: 0 safe */
#include "explore.h"

#include <pthread.h>
#include <stdatomic.h>

/* A wait whose word does not match never slept: no wake may be spent on it. */
static _Atomic uint32_t word = 1;
static void *sleeper(void *u) {
    while (atomic_load(&word) == 1) {
        explore_wait((uint32_t *)&word, 1, 0);
    }
    return u;
}
static void *passer_by(void *u) {
    explore_wait((uint32_t *)&word, 0, 0);
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, sleeper, NULL);
    pthread_create(&b, NULL, passer_by, NULL);
    atomic_store(&word, 2);
    explore_wake((uint32_t *)&word, 1);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
