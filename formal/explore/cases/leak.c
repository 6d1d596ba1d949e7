/* expect: 1 leak; options: --leaks */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int skip;
static void *one(void *u) {
    void *p = malloc(8);
    if (!atomic_load(&skip)) {
        free(p);
    }
    return u;
}
static void *two(void *u) {
    atomic_store(&skip, 1);
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
