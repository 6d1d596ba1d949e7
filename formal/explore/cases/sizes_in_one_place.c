/* expect: 0 safe */
/* Atomics of different sizes in one place: of inlined functions, of a union, one after the other. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static void *add(void *p) {
    atomic_fetch_add((atomic_int *)p, 1);
    return NULL;
}
static void *set(void *p) {
    atomic_store((atomic_uchar *)p, 1);
    return NULL;
}
static void wide(void) {
    pthread_t a;
    atomic_int n = 0;
    pthread_create(&a, NULL, add, &n);
    atomic_fetch_add(&n, 1);
    pthread_join(a, NULL);
    assert(n == 2);
}
static void narrow(void) {
    pthread_t a;
    atomic_uchar n = 0;
    pthread_create(&a, NULL, set, &n);
    int seen = atomic_load(&n);
    pthread_join(a, NULL);
    assert(seen <= 1 && n == 1);
}
union either {
    atomic_int number;
    atomic_long address;
};
int main(void) {
    union either *e = malloc(sizeof *e);
    wide();
    narrow();
    wide();
    atomic_init(&e->number, 1);
    assert(atomic_fetch_add(&e->number, 1) == 1);
    atomic_init(&e->address, 3);
    assert(atomic_exchange(&e->address, 0x500000004) == 3);
    assert(atomic_load(&e->number) == 4 && atomic_load(&e->number + 1) == 5);
    atomic_store(&e->number, 6);
    assert(atomic_load(&e->address) == 0x500000006);
    free(e);
    return 0;
}
