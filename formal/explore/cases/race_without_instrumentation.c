/* expect: 1 data race */
#include <pthread.h>

int n;
__attribute__((noinline, no_sanitize("thread"))) static void raise(void) {
    n++;
}
static void *one(void *u) {
    raise();
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, one, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
