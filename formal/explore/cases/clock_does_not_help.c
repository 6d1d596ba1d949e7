/* expect: 1 livelock */
/* The loop looks at the clock, but waits for a flag that nobody sets. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static atomic_int flag;
static void *one(void *u) {
    struct timespec now;
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
        now.tv_sec = now.tv_nsec = 0;
    } while (!atomic_load(&flag));
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    return 0;
}
