/* expect: 1 data race */
/* Two bit-fields side by side are one object in memory. */
#include <pthread.h>

static struct {
    unsigned a : 3, b : 5;
} both;
static void *one(void *u) {
    both.a = 1;
    return u;
}
static void *two(void *u) {
    both.b = 1;
    return u;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, NULL, one, NULL);
    pthread_create(&b, NULL, two, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return both.a + both.b != 2;
}
