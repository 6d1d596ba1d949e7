/* expect: 1 bad unlock */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t p = PTHREAD_MUTEX_INITIALIZER;
static void *one(void *u) {
    pthread_mutex_unlock(&p);
    return u;
}
static void *two(void *u) {
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
