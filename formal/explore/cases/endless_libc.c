/* expect: 2 bound hit: time; options: --time=0.1 */
/* A loop that is in libc for most of its time. */
#include <pthread.h>
#include <string.h>

static char text[1 << 16];
static size_t n;
static void *one(void *u) {
    memset(text, 'x', sizeof text - 1);
    for (;;) {
        n = strlen(text);
    }
    return u;
}
int main(void) {
    pthread_t a;
    pthread_create(&a, NULL, one, NULL);
    pthread_join(a, NULL);
    return 0;
}
