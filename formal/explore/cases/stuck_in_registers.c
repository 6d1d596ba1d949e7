/* expect: 2 bound hit: time without an event; options: --stuck=0.1 */
/* What a compiler leaves of a loop that it takes for endless. There is no limit of time. */
#include <pthread.h>

static void *one(void *u) {
    for (;;) {
        __asm__ volatile("");
    }
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    return 0;
}
