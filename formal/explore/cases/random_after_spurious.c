/* expect: 1 assertion; options: --mode=random --seed=3 --executions=40; only: gcc */
/* A failure for no reason in a loop does not end a random execution: what comes after the loop is reached. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_int n;
static void *one(void *u) {
    for (int i = 0; i < 60; i++) {
        int seen = atomic_load(&n);
        while (!atomic_compare_exchange_weak(&n, &seen, seen + 1)) {
        }
    }
    assert(atomic_load(&n) < 60);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    return 0;
}
