/* expect: 0 safe */
/* Whoever wakes the waiters may destroy the condition at once. */
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t *c;
static int waits, ok;
static void *one(void *u) {
    pthread_mutex_lock(&m);
    waits = 1;
    if (!ok) {
        pthread_cond_wait(c, &m);
    }
    pthread_mutex_unlock(&m);
    return u;
}
int main(void) {
    pthread_t a;
    c = malloc(sizeof *c);
    pthread_cond_init(c, NULL);
    pthread_create(&a, NULL, one, NULL);
    pthread_mutex_lock(&m);
    ok = 1;
    if (waits) {
        pthread_cond_broadcast(c);
    }
    pthread_cond_destroy(c);
    free(c);
    pthread_mutex_unlock(&m);
    pthread_join(a, NULL);
    return 0;
}
