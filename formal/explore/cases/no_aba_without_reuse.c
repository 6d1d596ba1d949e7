/* expect: 0 safe */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A stack popped by compare-exchange: the node comes back at the same address between the load and the exchange. */
typedef struct node {
    struct node *_Atomic next;
} node;
static node *_Atomic top;
static atomic_int popped;
static node *pop(void) {
    node *n = atomic_load(&top);
    if (!n) {
        return NULL;
    }
    node *next = atomic_load(&n->next);
    return atomic_compare_exchange_strong(&top, &n, next) ? n : NULL;
}
static void push(node *n) {
    atomic_store(&n->next, atomic_load(&top));
    atomic_store(&top, n);
}
static node fixed;
static void *two(void *u) {
    node *old = atomic_load(&top), *expected = old;
    atomic_fetch_add(&popped, 1);
    while (atomic_load(&popped) == 1) {
    }
    /* If the address was used again this succeeds although the object is another one. */
    assert(!atomic_compare_exchange_strong(&top, &expected, &fixed));
    return u;
}
static void *one(void *u) {
    while (atomic_load(&popped) == 0) {
    }
    free(pop());
    push(malloc(sizeof(node)));
    atomic_fetch_add(&popped, 1);
    return u;
}
int main(void) {
    pthread_t a, b;
    push(malloc(sizeof(node)));
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
