/* expect: 1 use after free */
/* The mutex is only tried before it is freed, or so it looks: nothing orders the two. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static pthread_mutex_t *m;
static atomic_int tried;
static void *one(void *u) {
    if (pthread_mutex_trylock(m) == 0) {
        pthread_mutex_unlock(m);
    }
    atomic_store_explicit(&tried, 1, memory_order_relaxed);
    return u;
}
int main(void) {
    pthread_t a;
    m = malloc(sizeof *m);
    pthread_mutex_init(m, NULL);
    pthread_create(&a, NULL, one, NULL);
    while (!atomic_load_explicit(&tried, memory_order_relaxed)) {
    }
    free(m);
    pthread_join(a, NULL);
    return 0;
}
