/* expect: 1 data race */
/* To find a mutex locked orders nothing. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int x;
static void *one(void *u) {
    x = 1;
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return u;
}
static void *two(void *u) {
    int seen = 0;
    if (pthread_mutex_trylock(&m) != 0) {
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
