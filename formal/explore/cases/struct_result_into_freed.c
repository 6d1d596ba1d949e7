/* expect: 1 use after free */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef struct pair {
    long a, b;
} pair;
static pair *_Atomic shared;
__attribute__((noinline)) static pair made(long with) {
    return (pair){with, with};
}
static void *one(void *u) {
    *atomic_load(&shared) = made(3);
    return u;
}
static void *two(void *u) {
    free(atomic_load(&shared));
    return u;
}
int main(void) {
    pthread_t a, b;
    atomic_store(&shared, malloc(sizeof(pair)));
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
