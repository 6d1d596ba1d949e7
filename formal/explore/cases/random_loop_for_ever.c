/* expect: 1 livelock; options: --mode=random --executions=200 */
/* It does not go on for ever: where no number ends the loop, that is found. */
#include <pthread.h>
#include <stdatomic.h>

#include "../explore.h"

atomic_int flag; /* not static, or clang knows that it is always 0 */
static void *one(void *u) {
    while (atomic_load_explicit(&flag, memory_order_relaxed) == 0 && explore_choose(2) < 2) {
    }
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    return 0;
}
