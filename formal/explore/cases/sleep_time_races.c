/* expect: 1 data race */
#include <pthread.h>
#include <stddef.h>
#include <time.h>

static struct timespec span;
static void *one(void *u) {
    nanosleep(&span, NULL);
    return u;
}
static void *two(void *u) {
    span.tv_nsec = 5;
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
