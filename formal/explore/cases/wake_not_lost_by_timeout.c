/* expect: 0 safe */
#include "explore.h"

#include <pthread.h>
#include <stdatomic.h>

/* One wake that each woken thread passes on: a thread it was spent on must not answer that its time is over. */
static _Atomic uint32_t word = 1;
static void *with_deadline(void *u) {
    if (explore_wait((uint32_t *)&word, 1, 1) == EXPLORE_WOKEN) {
        explore_wake((uint32_t *)&word, 1);
    }
    return u;
}
static void *without(void *u) {
    explore_wait((uint32_t *)&word, 1, 0);
    explore_wake((uint32_t *)&word, 1);
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, with_deadline, NULL);
    pthread_create(&b, NULL, without, NULL);
    atomic_store(&word, 2);
    explore_wake((uint32_t *)&word, 1);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
