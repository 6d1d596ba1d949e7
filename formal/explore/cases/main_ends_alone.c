/* expect: 1 livelock */
/* pthread_exit ends the thread, not the program. */
#include <pthread.h>
#include <stdatomic.h>

static atomic_int never;
static void *one(void *u) {
    while (!atomic_load(&never)) {
    }
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_exit(NULL);
}
