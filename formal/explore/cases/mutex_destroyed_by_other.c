/* expect: 1 violation */
/* Whichever comes first. */
#include <pthread.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void *one(void *u) {
    pthread_mutex_lock(&m);
    pthread_mutex_unlock(&m);
    return u;
}
static void *two(void *u) {
    pthread_mutex_destroy(&m);
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
