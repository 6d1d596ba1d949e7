/* expect: 1 deadlock */
/* The loop does more than wait: it locks once more each time. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static atomic_int go;
static void *one(void *u) {
    do {
        pthread_mutex_lock(&m);
    } while (!atomic_load(&go));
    pthread_mutex_unlock(&m);
    return u;
}
static void *two(void *u) {
    atomic_store(&go, 1);
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
