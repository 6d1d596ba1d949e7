/* expect: 1 data race */
/* A compare-exchange that fails writes the value it found: a plain access. */
#include <pthread.h>
#include <stdatomic.h>

static atomic_int x = 1;
static int expected;
static void *one(void *u) {
    atomic_compare_exchange_strong(&x, &expected, 2);
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
