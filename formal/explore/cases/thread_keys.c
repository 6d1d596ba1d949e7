/* expect: 0 safe */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static pthread_key_t key;
static atomic_int destroyed;
static void destroy(void *p) {
    atomic_fetch_add(&destroyed, *(int *)p);
    free(p);
}
static void *one(void *u) {
    assert(pthread_getspecific(key) == NULL);
    int *p = malloc(sizeof *p);
    *p = 3;
    pthread_setspecific(key, p);
    assert(pthread_getspecific(key) == p);
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_key_create(&key, destroy);
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, one, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    assert(atomic_load(&destroyed) == 6);
    return 0;
}
