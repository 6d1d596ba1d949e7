/* expect: 2 code that is not modelled: rdtsc */
/* What it reads is not the same when the execution is repeated. */
#include <pthread.h>
#include <stdatomic.h>
#include <x86intrin.h>

static atomic_int x;
static void *one(void *u) {
    atomic_store(&x, (int)__rdtsc());
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    int seen = atomic_load(&x);
    pthread_join(a, NULL);
    return seen == 1;
}
