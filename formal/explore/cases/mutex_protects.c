/* expect: 0 safe */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t p = PTHREAD_MUTEX_INITIALIZER;
static int n;
static void *one(void *u) {
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&p);
        n++;
        pthread_mutex_unlock(&p);
    }
    return u;
}
static void *two(void *u) {
    if (pthread_mutex_trylock(&p) == 0) {
        n++;
        pthread_mutex_unlock(&p);
    }
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
