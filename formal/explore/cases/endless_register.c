/* expect: 2 bound hit: time; options: --time=0.1 */
/* A loop that touches no memory at all: nothing in it is instrumented. */
#include <pthread.h>

static void *one(void *u) {
    for (int n = 0;;) {
        __asm__ volatile("add $1, %0" : "+r"(n));
    }
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    return 0;
}
