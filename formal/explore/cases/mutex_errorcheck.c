/* expect: 0 safe */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <pthread.h>

static pthread_mutex_t m = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static void *one(void *u) {
    assert(pthread_mutex_unlock(&m) == EPERM);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_mutex_lock(&m);
    assert(pthread_mutex_lock(&m) == EDEADLK);
    assert(pthread_mutex_trylock(&m) == EBUSY);
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    pthread_mutex_unlock(&m);
    return 0;
}
