/* expect: 0 safe */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <pthread.h>

static pthread_mutex_t constant = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t made;
static int n;
static void *one(void *u) {
    pthread_mutex_t *m = u;
    assert(pthread_mutex_lock(m) == 0);
    assert(pthread_mutex_lock(m) == 0);
    assert(pthread_mutex_trylock(m) == 0);
    n++;
    pthread_mutex_unlock(m);
    pthread_mutex_unlock(m);
    n++; /* still held: no race */
    pthread_mutex_unlock(m);
    return NULL;
}
int main(void) {
    pthread_mutexattr_t attr;
    pthread_t a;
    pthread_mutexattr_init(&attr);
    assert(pthread_mutexattr_settype(&attr, 7) == EINVAL);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&made, &attr);
    pthread_mutexattr_destroy(&attr);
    pthread_mutex_t *const mutexes[] = {&constant, &made};
    for (int i = 0; i < 2; i++) {
        pthread_create(&a, NULL, one, mutexes[i]);
        one(mutexes[i]);
        pthread_join(a, NULL);
        pthread_mutex_destroy(mutexes[i]);
    }
    assert(n == 8);
    return 0;
}
