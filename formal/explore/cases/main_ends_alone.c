/* expect: 1 livelock */
/* pthread_exit ends the thread, not the program. */
#include <pthread.h>
#include <stdatomic.h>

atomic_int
    never; /* not static: a compiler that sees that nobody writes it takes the loop for endless */
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
