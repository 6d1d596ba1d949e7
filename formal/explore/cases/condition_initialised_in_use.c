/* expect: 1 data race */
#include <pthread.h>

static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static void *one(void *u) {
    pthread_cond_init(&c, NULL);
    return u;
}
static void *two(void *u) {
    pthread_cond_signal(&c);
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
