/* expect: 1 assertion */
/* The clock may pass before the flag is set. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static atomic_int flag;
static void *one(void *u) {
    struct timespec from, now;
    clock_gettime(CLOCK_MONOTONIC, &from);
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (!atomic_load(&flag) && now.tv_sec < from.tv_sec + 5);
    assert(atomic_load(&flag));
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    atomic_store(&flag, 1);
    pthread_join(a, NULL);
    return 0;
}
