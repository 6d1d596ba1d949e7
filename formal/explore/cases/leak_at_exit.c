/* expect: 1 leak; options: --leaks */
/* The program ends while a thread waits for ever. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

atomic_int
    never; /* not static: a compiler that sees that nobody writes it takes the loop for endless */
static void *one(void *u) {
    while (!atomic_load(&never)) {
    }
    return u;
}
static void *volatile kept;
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    kept = malloc(8);
    return 0;
}
