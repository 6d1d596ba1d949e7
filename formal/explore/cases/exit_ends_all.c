/* expect: 0 safe */
/* The others wait for ever, one for a mutex that is never given back: exit ends them. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
atomic_int
    never; /* not static: a compiler that sees that nobody writes it takes the loop for endless */
static void *one(void *u) {
    pthread_mutex_lock(&m);
    while (!atomic_load(&never)) {
    }
    return u;
}
static void *two(void *u) {
    exit(0);
    return u;
}
int main(void) {
    pthread_t a, b, c;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, one, NULL);
    pthread_create(&c, NULL, two, NULL);
    pthread_join(c, NULL);
    return 0;
}
