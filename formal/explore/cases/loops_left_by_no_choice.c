/* expect: 1 livelock */
/* If main does not set the flag no number ends the loops. */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "../explore.h"

static atomic_int flag;
static void *spins(void *u) {
    while (!atomic_load(&flag)) {
        (void)explore_choose(2);
    }
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, spins, NULL);
    pthread_create(&b, NULL, spins, NULL);
    if (explore_choose(2)) {
        atomic_store(&flag, 1);
    }
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
