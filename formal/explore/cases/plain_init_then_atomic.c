/* expect: 0 safe */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A node initialised by plain stores, published, read by atomic loads, and initialised again after its reader is gone. */
typedef struct node {
    int value;
} node;
static node *shared;
static void *one(void *u) {
    int v = __atomic_load_n(&__atomic_load_n(&shared, __ATOMIC_ACQUIRE)->value, __ATOMIC_RELAXED);
    assert(v == 5 || v == 6);
    return u;
}
int main(void) {
    node *n = malloc(sizeof *n);
    pthread_t t;
    for (int i = 5; i < 7; i++) {
        n->value = i;
        __atomic_store_n(&shared, n, __ATOMIC_RELEASE);
        assert(__atomic_load_n(&n->value, __ATOMIC_RELAXED) == i);
        pthread_create(&t, NULL, one, NULL);
        pthread_join(t, NULL);
    }
    return 0;
}
