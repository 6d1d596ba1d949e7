/* expect: 0 safe */
/* That is the end of the threads that wait. */
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
    return 0;
}
