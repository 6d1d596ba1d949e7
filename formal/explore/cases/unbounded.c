/* expect: 2 bound hit: events per thread; options: --events=50 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int n;
static void *one(void *u) {
    for (;;) {
        atomic_fetch_add_explicit(&n, 1, memory_order_relaxed);
    }
    return u;
}
static void *two(void *u) {
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
