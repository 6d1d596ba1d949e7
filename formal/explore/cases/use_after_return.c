/* expect: 1 use after return */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int *_Atomic shared;
static __attribute__((noinline)) void leaf(void) {
    atomic_int local = 1;
    atomic_store(&shared, &local);
    atomic_fetch_add(&local, 1);
}
static void *one(void *u) {
    leaf();
    return u;
}
static void *two(void *u) {
    atomic_int *p = atomic_load(&shared);
    if (p) {
        atomic_fetch_add(p, 1);
    }
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
