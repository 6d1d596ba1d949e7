/* expect: 0 then a clock that passes */
/* Waits for the flag or the clock, whichever comes first; in the other thread for the clock alone. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static atomic_int flag;
static long seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}
static void *one(void *u) {
    long until = seconds() + 3;
    while (!atomic_load(&flag) && seconds() < until) {
    }
    return u;
}
static void *two(void *u) {
    long until = seconds() + 1;
    while (seconds() < until) {
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
