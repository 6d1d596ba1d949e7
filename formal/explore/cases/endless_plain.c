/* expect: 2 bound hit: time; options: --time=0.1 */
/* A loop that changes nothing but plain memory, for ever. */
#include <pthread.h>

static unsigned n;
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
