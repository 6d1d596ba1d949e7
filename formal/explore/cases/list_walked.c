/* expect: 0 safe */
/* A walk keeps nothing but where it is: the next node is not the last one looked at again. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

typedef struct node {
    _Atomic(struct node *) next;
} node;
static node nodes[3];
static _Atomic(node *) head;
static _Atomic(node *) me;
static void *walks(void *u) {
    node *mine = atomic_load(&me);
    for (node *n = atomic_load(&head); n && n != mine; n = atomic_load(&n->next)) {
    }
    return u;
}
int main(void) {
    pthread_t a;
    atomic_store(&nodes[0].next, &nodes[1]);
    atomic_store(&nodes[1].next, &nodes[2]);
    atomic_store(&head, &nodes[0]);
    pthread_create(&a, NULL, walks, NULL);
    pthread_join(a, NULL);
    return 0;
}
