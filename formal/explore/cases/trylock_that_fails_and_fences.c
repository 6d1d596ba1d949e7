/* expect: 1 data race */
/* A mutex is no atomic object: fences do not go by it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int x;
static void *one(void *u) {
    x = 1;
    atomic_thread_fence(memory_order_release);
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return u;
}
static void *two(void *u) {
    int seen = 0;
    if (pthread_mutex_trylock(&m) != 0) {
        atomic_thread_fence(memory_order_acquire);
        seen = x;
    } else {
        pthread_mutex_unlock(&m);
    }
    return seen ? u : NULL;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
