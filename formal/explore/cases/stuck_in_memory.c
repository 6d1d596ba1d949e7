/* expect: 2 bound hit: time without an event; options: --stuck=0.1 */
/* As stuck_in_registers.c, but nearly always inside the explorer. */
#include <pthread.h>

static volatile unsigned n;
static void *one(void *u) {
    for (;;) {
        n += 3;
    }
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    return 0;
}
