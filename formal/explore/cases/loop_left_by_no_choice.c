/* expect: 1 livelock */
/* It chooses all the time, and goes on whatever it has chosen. */
#include <pthread.h>
#include <stdatomic.h>

#include "../explore.h"

static atomic_int flag;
static void *one(void *u) {
    while (atomic_load_explicit(&flag, memory_order_relaxed) != 1) {
        if (explore_choose(3) == 1) {
            atomic_load_explicit(&flag, memory_order_acquire);
        }
    }
    return u;
}
static void *two(void *u) {
    atomic_store_explicit(&flag, 2, memory_order_relaxed);
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
