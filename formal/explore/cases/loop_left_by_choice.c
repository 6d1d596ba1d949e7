/* expect: 0 safe */
/* Which of its numbers ends a loop does not matter: to go on by the other is no livelock. */
#include <pthread.h>
#include <stdatomic.h>

#include "../explore.h"

atomic_int flag; /* not static, or clang knows that it is always 0 */
static void *one(void *u) {
    while (atomic_load_explicit(&flag, memory_order_relaxed) == 0 && explore_choose(2) == 0) {
    }
    return u;
}
static void *two(void *u) {
    while (atomic_load_explicit(&flag, memory_order_relaxed) == 0 && explore_choose(2) == 1) {
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
