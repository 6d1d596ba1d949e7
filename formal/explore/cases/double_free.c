/* expect: 1 double free */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Atomic(int *) shared;
static void *one(void *u) {
    int *p = atomic_load(&shared);
    if (p) {
        atomic_store(&shared, NULL);
        free(p);
    }
    return u;
}
static void *two(void *u) {
    return one(u);
}
int main(void) {
    pthread_t a, b;
    atomic_store(&shared, malloc(sizeof(int)));
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
