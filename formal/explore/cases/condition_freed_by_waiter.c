/* expect: 1 use after free */
/* The signal comes after the unlock: a waiter that saw ok may have freed the condition by then. */
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t *c;
static int ok;
static void *one(void *u) {
    pthread_cond_t *mine = c;
    pthread_mutex_lock(&m);
    ok = 1;
    pthread_mutex_unlock(&m);
    pthread_cond_signal(mine);
    return u;
}
static void *two(void *u) {
    pthread_mutex_lock(&m);
    while (!ok) {
        pthread_cond_wait(c, &m);
    }
    pthread_mutex_unlock(&m);
    free(c);
    return u;
}
int main(void) {
    pthread_t a, b;
    c = malloc(sizeof *c);
    pthread_cond_init(c, NULL);
    pthread_create(&a, NULL, two, NULL);
    pthread_create(&b, NULL, one, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
