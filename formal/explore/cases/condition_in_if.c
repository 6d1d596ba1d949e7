/* expect: 1 assertion */
/* A wait may return for no reason: an `if` is not enough. */
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int ready;
static void *one(void *u) {
    pthread_mutex_lock(&m);
    if (!ready) {
        pthread_cond_wait(&c, &m);
    }
    assert(ready);
    pthread_mutex_unlock(&m);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_mutex_lock(&m);
    ready = 1;
    pthread_cond_signal(&c);
    pthread_mutex_unlock(&m);
    pthread_join(a, NULL);
    return 0;
}
