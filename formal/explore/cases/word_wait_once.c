/* expect: 1 assertion; options: --spurious-wakes=1 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <stdint.h>
#include "../explore.h"
/* One wait without a loop around it: wrong as soon as a wait may return for no reason. */
static _Atomic uint32_t word;
static void *one(void *u) {
    atomic_store(&word, 1);
    explore_wake((uint32_t *)&word, 1);
    return u;
}
static void *two(void *u) {
    explore_wait((uint32_t *)&word, 0, 0);
    assert(atomic_load(&word));
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
