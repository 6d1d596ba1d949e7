/* expect: 1 assertion */
/* Until exit takes effect the others run on. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_int x;
static void *one(void *u) {
    assert(!atomic_load(&x));
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    atomic_store(&x, 1);
    exit(0);
}
