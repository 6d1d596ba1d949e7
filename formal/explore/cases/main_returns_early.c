/* expect: 0 safe */
/* That is the end of the threads that wait. */
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
    return 0;
}
