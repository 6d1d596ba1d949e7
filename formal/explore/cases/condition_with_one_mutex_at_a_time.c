/* expect: 0 safe */
#include <pthread.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER, n = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int go;
static void *one(void *u) {
    pthread_mutex_lock(&m);
    while (!go) {
        pthread_cond_wait(&c, &m);
    }
    pthread_mutex_unlock(&m);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_mutex_lock(&m);
    go = 1;
    pthread_cond_signal(&c);
    pthread_mutex_unlock(&m);
    pthread_join(a, NULL);
    struct timespec soon = {0, 0};
    pthread_mutex_lock(&n);
    pthread_cond_timedwait(&c, &n, &soon);
    pthread_mutex_unlock(&n);
    return 0;
}
