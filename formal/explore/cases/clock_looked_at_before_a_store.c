/* expect: 1 assertion */
/* Behind the load stands a look at the clock that has nothing to choose from: the other thread's store comes late all the same. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static atomic_int x;
static long seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}
static void *two(void *u) {
    atomic_store(&x, 1);
    return u;
}
int main(void) {
    pthread_t b;
    pthread_create(&b, NULL, two, NULL);
    long until = seconds() + 1;
    while (seconds() < until) {
    }
    int r = atomic_load(&x);
    (void)seconds();
    assert(r == 0);
    pthread_join(b, NULL);
    return 0;
}
