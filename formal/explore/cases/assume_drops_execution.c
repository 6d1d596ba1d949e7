/* expect: 0 safe */
/* What the readers, one created before the writer and one after, would object to happens only where the assumption fails. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "explore.h"

static atomic_int x;
static void *reads(void *u) {
    assert(atomic_load(&x) == 0);
    return u;
}
static void *writes(void *u) {
    int value = explore_choose(2);
    atomic_store(&x, value);
    explore_assume(value == 0);
    return u;
}
int main(void) {
    pthread_t a, b, c;
    pthread_create(&a, NULL, reads, NULL);
    pthread_create(&b, NULL, writes, NULL);
    pthread_create(&c, NULL, reads, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    pthread_join(c, NULL);
    return 0;
}
