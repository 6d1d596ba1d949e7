/* expect: 1 assertion; options: --mode=random --executions=40 */
/* A loop that goes on by a choice of the program's goes on in a random execution, too: what comes after it is reached. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../explore.h"

atomic_int flag; /* not static, or clang knows that it is always 0 */
static void *one(void *u) {
    for (int i = 0; i < 12; i++) {
        while (atomic_load_explicit(&flag, memory_order_relaxed) == 0 && explore_choose(2)) {
        }
    }
    assert(atomic_load(&flag) != 0);
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    return 0;
}
